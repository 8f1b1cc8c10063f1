import { useEffect, useState } from 'preact/hooks';

/** Where lists become narrow, as in the stylesheet. */
export const NARROW_PAGE = '(max-width: 760px)';

/** Whether a media query holds, now and whenever that changes. */
export function useMatch(media: string): boolean {
  const [isMatch, setMatch] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const list = matchMedia(media);
    const look = (): void => setMatch(list.matches);
    list.addEventListener('change', look);
    return () => list.removeEventListener('change', look);
  }, [media]);
  return isMatch;
}
