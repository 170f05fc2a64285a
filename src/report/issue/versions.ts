/** What was run, as a list for an issue: packages or module, engine, Node, system. */
import { referenceNamed } from '../../../reference/index.ts';
import type { Finding } from '../../case/finding.ts';
import { isInPython } from '../finding-script.ts';
import type { Audience } from './audience.ts';
import { markdownText } from '../../text/plain-text.ts';

export function versionLines(finding: Finding, { asksForCustomCode }: Audience): readonly string[] {
  const { blame, subject, references, provenance } = finding;
  const { node, platform } = provenance;
  const record = references.find(({ name }) => name === blame);
  const needed = referenceNamed(blame)?.package;
  const packages = needed?.install ?? [];
  const isOfPython = needed?.language === 'python';
  const isOfNode = blame === 'subject' ? !isInPython(subject.module) : !isOfPython;
  const who =
    blame === 'subject'
      ? [
          `${subject.name} ${subject.version}${subject.module === null ? '' : `, module ${subject.module}`}`,
          ...(subject.engine == null ? [] : [`engine: ${subject.engine}`]),
        ]
      : [
          // A library of Python has a version, and what else is installed beside it has its own.
          (isOfPython ? packages.slice(0, 1) : packages)
            .map((name) => `${name} ${record?.version ?? ''}`.trimEnd())
            .join(', '),
          ...(record?.engine == null ? [] : [`engine: ${record.engine}`]),
        ];
  const custom = asksForCustomCode ? ['custom code: the program below, which is all there is'] : [];
  return [...who, isOfNode ? `Node ${node}, ${platform}` : platform, ...custom].map(
    (line) => `- ${markdownText(line, 300)}`,
  );
}
