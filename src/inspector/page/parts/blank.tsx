import type { ComponentChildren, JSX } from 'preact';

/** What stands where there is nothing to see. */
export function Blank(props: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="blank">
      <h1>{props.title}</h1>
      {props.children}
    </div>
  );
}
