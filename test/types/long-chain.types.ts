/* Compiled, never run: a long chain must stay cheap to check. */
import { start } from '#src/graph/start.js';
import type { FlowOutput } from '#src/ports/flow-class.js';
import { expectTrue, type Equal } from './equal.js';

class M0 {
  readonly m0 = 0;
}
class M1 {
  readonly m1 = 1;
}
class M2 {
  readonly m2 = 2;
}
class M3 {
  readonly m3 = 3;
}
class M4 {
  readonly m4 = 4;
}
class M5 {
  readonly m5 = 5;
}
class M6 {
  readonly m6 = 6;
}
class M7 {
  readonly m7 = 7;
}
class M8 {
  readonly m8 = 8;
}
class M9 {
  readonly m9 = 9;
}
class M10 {
  readonly m10 = 10;
}
class M11 {
  readonly m11 = 11;
}
class M12 {
  readonly m12 = 12;
}
class M13 {
  readonly m13 = 13;
}
class M14 {
  readonly m14 = 14;
}
class M15 {
  readonly m15 = 15;
}
class M16 {
  readonly m16 = 16;
}
class M17 {
  readonly m17 = 17;
}
class M18 {
  readonly m18 = 18;
}
class M19 {
  readonly m19 = 19;
}
class M20 {
  readonly m20 = 20;
}
class M21 {
  readonly m21 = 21;
}
class M22 {
  readonly m22 = 22;
}
class M23 {
  readonly m23 = 23;
}
class M24 {
  readonly m24 = 24;
}
class M25 {
  readonly m25 = 25;
}
class M26 {
  readonly m26 = 26;
}
class M27 {
  readonly m27 = 27;
}
class M28 {
  readonly m28 = 28;
}
class M29 {
  readonly m29 = 29;
}
class M30 {
  readonly m30 = 30;
}
class M31 {
  readonly m31 = 31;
}
class M32 {
  readonly m32 = 32;
}
class M33 {
  readonly m33 = 33;
}
class M34 {
  readonly m34 = 34;
}
class M35 {
  readonly m35 = 35;
}
class M36 {
  readonly m36 = 36;
}
class M37 {
  readonly m37 = 37;
}
class M38 {
  readonly m38 = 38;
}
class M39 {
  readonly m39 = 39;
}
class M40 {
  readonly m40 = 40;
}
class M41 {
  readonly m41 = 41;
}
class M42 {
  readonly m42 = 42;
}
class M43 {
  readonly m43 = 43;
}
class M44 {
  readonly m44 = 44;
}
class M45 {
  readonly m45 = 45;
}
class M46 {
  readonly m46 = 46;
}
class M47 {
  readonly m47 = 47;
}
class M48 {
  readonly m48 = 48;
}
class M49 {
  readonly m49 = 49;
}
class M50 {
  readonly m50 = 50;
}
class M51 {
  readonly m51 = 51;
}
class M52 {
  readonly m52 = 52;
}
class M53 {
  readonly m53 = 53;
}
class M54 {
  readonly m54 = 54;
}
class M55 {
  readonly m55 = 55;
}
class M56 {
  readonly m56 = 56;
}
class M57 {
  readonly m57 = 57;
}
class M58 {
  readonly m58 = 58;
}
class M59 {
  readonly m59 = 59;
}
class M60 {
  readonly m60 = 60;
}
class M61 {
  readonly m61 = 61;
}
class M62 {
  readonly m62 = 62;
}
class M63 {
  readonly m63 = 63;
}
class M64 {
  readonly m64 = 64;
}
class M65 {
  readonly m65 = 65;
}
class M66 {
  readonly m66 = 66;
}
class M67 {
  readonly m67 = 67;
}
class M68 {
  readonly m68 = 68;
}
class M69 {
  readonly m69 = 69;
}
class M70 {
  readonly m70 = 70;
}
class M71 {
  readonly m71 = 71;
}
class M72 {
  readonly m72 = 72;
}
class M73 {
  readonly m73 = 73;
}
class M74 {
  readonly m74 = 74;
}
class M75 {
  readonly m75 = 75;
}
class M76 {
  readonly m76 = 76;
}
class M77 {
  readonly m77 = 77;
}
class M78 {
  readonly m78 = 78;
}
class M79 {
  readonly m79 = 79;
}
class M80 {
  readonly m80 = 80;
}
class N0 {
  process(_: M0): Promise<M1> {
    return Promise.resolve(new M1());
  }
}
class N1 {
  process(_: M1): Promise<M2> {
    return Promise.resolve(new M2());
  }
}
class N2 {
  process(_: M2): Promise<M3> {
    return Promise.resolve(new M3());
  }
}
class N3 {
  process(_: M3): Promise<M4> {
    return Promise.resolve(new M4());
  }
}
class N4 {
  process(_: M4): Promise<M5> {
    return Promise.resolve(new M5());
  }
}
class N5 {
  process(_: M5): Promise<M6> {
    return Promise.resolve(new M6());
  }
}
class N6 {
  process(_: M6): Promise<M7> {
    return Promise.resolve(new M7());
  }
}
class N7 {
  process(_: M7): Promise<M8> {
    return Promise.resolve(new M8());
  }
}
class N8 {
  process(_: M8): Promise<M9> {
    return Promise.resolve(new M9());
  }
}
class N9 {
  process(_: M9): Promise<M10> {
    return Promise.resolve(new M10());
  }
}
class N10 {
  process(_: M10): Promise<M11> {
    return Promise.resolve(new M11());
  }
}
class N11 {
  process(_: M11): Promise<M12> {
    return Promise.resolve(new M12());
  }
}
class N12 {
  process(_: M12): Promise<M13> {
    return Promise.resolve(new M13());
  }
}
class N13 {
  process(_: M13): Promise<M14> {
    return Promise.resolve(new M14());
  }
}
class N14 {
  process(_: M14): Promise<M15> {
    return Promise.resolve(new M15());
  }
}
class N15 {
  process(_: M15): Promise<M16> {
    return Promise.resolve(new M16());
  }
}
class N16 {
  process(_: M16): Promise<M17> {
    return Promise.resolve(new M17());
  }
}
class N17 {
  process(_: M17): Promise<M18> {
    return Promise.resolve(new M18());
  }
}
class N18 {
  process(_: M18): Promise<M19> {
    return Promise.resolve(new M19());
  }
}
class N19 {
  process(_: M19): Promise<M20> {
    return Promise.resolve(new M20());
  }
}
class N20 {
  process(_: M20): Promise<M21> {
    return Promise.resolve(new M21());
  }
}
class N21 {
  process(_: M21): Promise<M22> {
    return Promise.resolve(new M22());
  }
}
class N22 {
  process(_: M22): Promise<M23> {
    return Promise.resolve(new M23());
  }
}
class N23 {
  process(_: M23): Promise<M24> {
    return Promise.resolve(new M24());
  }
}
class N24 {
  process(_: M24): Promise<M25> {
    return Promise.resolve(new M25());
  }
}
class N25 {
  process(_: M25): Promise<M26> {
    return Promise.resolve(new M26());
  }
}
class N26 {
  process(_: M26): Promise<M27> {
    return Promise.resolve(new M27());
  }
}
class N27 {
  process(_: M27): Promise<M28> {
    return Promise.resolve(new M28());
  }
}
class N28 {
  process(_: M28): Promise<M29> {
    return Promise.resolve(new M29());
  }
}
class N29 {
  process(_: M29): Promise<M30> {
    return Promise.resolve(new M30());
  }
}
class N30 {
  process(_: M30): Promise<M31> {
    return Promise.resolve(new M31());
  }
}
class N31 {
  process(_: M31): Promise<M32> {
    return Promise.resolve(new M32());
  }
}
class N32 {
  process(_: M32): Promise<M33> {
    return Promise.resolve(new M33());
  }
}
class N33 {
  process(_: M33): Promise<M34> {
    return Promise.resolve(new M34());
  }
}
class N34 {
  process(_: M34): Promise<M35> {
    return Promise.resolve(new M35());
  }
}
class N35 {
  process(_: M35): Promise<M36> {
    return Promise.resolve(new M36());
  }
}
class N36 {
  process(_: M36): Promise<M37> {
    return Promise.resolve(new M37());
  }
}
class N37 {
  process(_: M37): Promise<M38> {
    return Promise.resolve(new M38());
  }
}
class N38 {
  process(_: M38): Promise<M39> {
    return Promise.resolve(new M39());
  }
}
class N39 {
  process(_: M39): Promise<M40> {
    return Promise.resolve(new M40());
  }
}
class N40 {
  process(_: M40): Promise<M41> {
    return Promise.resolve(new M41());
  }
}
class N41 {
  process(_: M41): Promise<M42> {
    return Promise.resolve(new M42());
  }
}
class N42 {
  process(_: M42): Promise<M43> {
    return Promise.resolve(new M43());
  }
}
class N43 {
  process(_: M43): Promise<M44> {
    return Promise.resolve(new M44());
  }
}
class N44 {
  process(_: M44): Promise<M45> {
    return Promise.resolve(new M45());
  }
}
class N45 {
  process(_: M45): Promise<M46> {
    return Promise.resolve(new M46());
  }
}
class N46 {
  process(_: M46): Promise<M47> {
    return Promise.resolve(new M47());
  }
}
class N47 {
  process(_: M47): Promise<M48> {
    return Promise.resolve(new M48());
  }
}
class N48 {
  process(_: M48): Promise<M49> {
    return Promise.resolve(new M49());
  }
}
class N49 {
  process(_: M49): Promise<M50> {
    return Promise.resolve(new M50());
  }
}
class N50 {
  process(_: M50): Promise<M51> {
    return Promise.resolve(new M51());
  }
}
class N51 {
  process(_: M51): Promise<M52> {
    return Promise.resolve(new M52());
  }
}
class N52 {
  process(_: M52): Promise<M53> {
    return Promise.resolve(new M53());
  }
}
class N53 {
  process(_: M53): Promise<M54> {
    return Promise.resolve(new M54());
  }
}
class N54 {
  process(_: M54): Promise<M55> {
    return Promise.resolve(new M55());
  }
}
class N55 {
  process(_: M55): Promise<M56> {
    return Promise.resolve(new M56());
  }
}
class N56 {
  process(_: M56): Promise<M57> {
    return Promise.resolve(new M57());
  }
}
class N57 {
  process(_: M57): Promise<M58> {
    return Promise.resolve(new M58());
  }
}
class N58 {
  process(_: M58): Promise<M59> {
    return Promise.resolve(new M59());
  }
}
class N59 {
  process(_: M59): Promise<M60> {
    return Promise.resolve(new M60());
  }
}
class N60 {
  process(_: M60): Promise<M61> {
    return Promise.resolve(new M61());
  }
}
class N61 {
  process(_: M61): Promise<M62> {
    return Promise.resolve(new M62());
  }
}
class N62 {
  process(_: M62): Promise<M63> {
    return Promise.resolve(new M63());
  }
}
class N63 {
  process(_: M63): Promise<M64> {
    return Promise.resolve(new M64());
  }
}
class N64 {
  process(_: M64): Promise<M65> {
    return Promise.resolve(new M65());
  }
}
class N65 {
  process(_: M65): Promise<M66> {
    return Promise.resolve(new M66());
  }
}
class N66 {
  process(_: M66): Promise<M67> {
    return Promise.resolve(new M67());
  }
}
class N67 {
  process(_: M67): Promise<M68> {
    return Promise.resolve(new M68());
  }
}
class N68 {
  process(_: M68): Promise<M69> {
    return Promise.resolve(new M69());
  }
}
class N69 {
  process(_: M69): Promise<M70> {
    return Promise.resolve(new M70());
  }
}
class N70 {
  process(_: M70): Promise<M71> {
    return Promise.resolve(new M71());
  }
}
class N71 {
  process(_: M71): Promise<M72> {
    return Promise.resolve(new M72());
  }
}
class N72 {
  process(_: M72): Promise<M73> {
    return Promise.resolve(new M73());
  }
}
class N73 {
  process(_: M73): Promise<M74> {
    return Promise.resolve(new M74());
  }
}
class N74 {
  process(_: M74): Promise<M75> {
    return Promise.resolve(new M75());
  }
}
class N75 {
  process(_: M75): Promise<M76> {
    return Promise.resolve(new M76());
  }
}
class N76 {
  process(_: M76): Promise<M77> {
    return Promise.resolve(new M77());
  }
}
class N77 {
  process(_: M77): Promise<M78> {
    return Promise.resolve(new M78());
  }
}
class N78 {
  process(_: M78): Promise<M79> {
    return Promise.resolve(new M79());
  }
}
class N79 {
  process(_: M79): Promise<M80> {
    return Promise.resolve(new M80());
  }
}

class Chain {
  readonly graph = start(N0)
    .to(N1)
    .to(N2)
    .to(N3)
    .to(N4)
    .to(N5)
    .to(N6)
    .to(N7)
    .to(N8)
    .to(N9)
    .to(N10)
    .to(N11)
    .to(N12)
    .to(N13)
    .to(N14)
    .to(N15)
    .to(N16)
    .to(N17)
    .to(N18)
    .to(N19)
    .to(N20)
    .to(N21)
    .to(N22)
    .to(N23)
    .to(N24)
    .to(N25)
    .to(N26)
    .to(N27)
    .to(N28)
    .to(N29)
    .to(N30)
    .to(N31)
    .to(N32)
    .to(N33)
    .to(N34)
    .to(N35)
    .to(N36)
    .to(N37)
    .to(N38)
    .to(N39)
    .to(N40)
    .to(N41)
    .to(N42)
    .to(N43)
    .to(N44)
    .to(N45)
    .to(N46)
    .to(N47)
    .to(N48)
    .to(N49)
    .to(N50)
    .to(N51)
    .to(N52)
    .to(N53)
    .to(N54)
    .to(N55)
    .to(N56)
    .to(N57)
    .to(N58)
    .to(N59)
    .to(N60)
    .to(N61)
    .to(N62)
    .to(N63)
    .to(N64)
    .to(N65)
    .to(N66)
    .to(N67)
    .to(N68)
    .to(N69)
    .to(N70)
    .to(N71)
    .to(N72)
    .to(N73)
    .to(N74)
    .to(N75)
    .to(N76)
    .to(N77)
    .to(N78)
    .to(N79);
}
expectTrue<Equal<FlowOutput<typeof Chain>, M80>>();
