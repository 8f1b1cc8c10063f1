import type { JSX } from 'preact';
import type { FlowPicture } from '../../api.js';
import type { LiveFlow } from '../../api-live.js';
import { linkTo } from '../client/route.js';
import { duration, perSecond, whole } from '../parts/format.js';
import { Pill } from '../parts/status.js';
import { marksOf } from './node-state.js';

/** The same as the graph, in rows, for whoever compares numbers or does not see the picture. */
export function FlowTable(props: { readonly picture: FlowPicture; readonly live: LiveFlow | undefined }): JSX.Element {
  const { picture, live } = props;
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label={`Nodes of ${picture.name}`}>
      <table class="node-table">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            {['Rate', 'Queue', 'Running', 'Held', 'p50', 'p95', 'Retries', 'Timed out', 'Failed'].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
            <th scope="col">Sends to</th>
          </tr>
        </thead>
        <tbody>
          {picture.nodes.map(({ name }) => {
            const node = live?.nodes.find((each) => each.name === name);
            const marks = node === undefined ? [] : marksOf(node);
            const next = picture.edges.filter(({ from }) => from === name).map(({ to }) => to);
            return (
              <tr key={name}>
                <th scope="row">
                  <a href={linkTo('flow', [picture.name, name])}>{name}</a>
                </th>
                <td>
                  {marks.length === 0 ? (
                    <span class="muted">{node === undefined ? '–' : 'fine'}</span>
                  ) : (
                    <span class="pills">
                      {marks.map((mark) => (
                        <Pill key={mark.word} tone={mark.tone} glyph={mark.glyph}>
                          {mark.word}
                        </Pill>
                      ))}
                    </span>
                  )}
                </td>
                {(node === undefined
                  ? Array.from({ length: 9 }, () => '–')
                  : [
                      perSecond(node.rate),
                      node.capacity === 0 ? whole(node.queued) : `${node.queued}/${node.capacity}`,
                      whole(node.running),
                      whole(node.held),
                      duration(node.p50Ms),
                      duration(node.p95Ms),
                      whole(node.retried),
                      whole(node.timedOut),
                      whole(node.failed),
                    ]
                ).map((text, index) => (
                  <td key={index} class="number">
                    {text}
                  </td>
                ))}
                <td class="muted">{next.length === 0 ? '–' : [...new Set(next)].join(', ')}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
