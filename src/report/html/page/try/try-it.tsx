/** The form of "try it", and what is told of the lane as it is typed. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { assumedText } from '../../../../case/arithmetic-text.ts';
import { operations, type Operation } from '../../../../contract/subject.ts';
import { formats, type Format } from '../../../../float/format.ts';
import { operationTitle } from '../../operation-title.ts';
import { trialAddress, trialAt, type TypedTrial } from '../../try-address.ts';
import { TrialTold } from './trial-told.tsx';
import { arithmetic, trialOf } from './trial.ts';

const atFirst: TypedTrial = {
  operation: 'softmax',
  format: 'float32',
  lane: '1, 2, 3',
  target: '0',
  answer: '',
};

export function TryIt(): VNode {
  const [typed, setTyped] = useState<TypedTrial>(atFirst);
  useEffect(() => {
    const follow = (): void => {
      const linked = trialAt(location.hash, atFirst);
      if (linked === null) return;
      setTyped(linked);
      document.getElementById('try')!.scrollIntoView();
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const trial = useMemo(() => trialOf(typed), [typed]);
  const set = (change: Partial<TypedTrial>): void => setTyped({ ...typed, ...change });
  return (
    <>
      <form class="trial" aria-label="Try it" onSubmit={(event) => event.preventDefault()}>
        <label>
          <span>kernel</span>
          <select
            name="operation"
            value={typed.operation}
            onChange={(event) => set({ operation: event.currentTarget.value as Operation })}
          >
            {operations.map((operation) => (
              <option value={operation}>{operationTitle(operation)}</option>
            ))}
          </select>
        </label>
        <label>
          <span>format</span>
          <select
            name="format"
            value={typed.format}
            onChange={(event) => set({ format: event.currentTarget.value as Format })}
          >
            {formats.map((format) => (
              <option value={format}>{format}</option>
            ))}
          </select>
        </label>
        {typed.operation === 'crossEntropy' ? (
          <label>
            <span>class</span>
            <input
              name="target"
              inputMode="numeric"
              value={typed.target}
              onInput={(event) => set({ target: event.currentTarget.value })}
            />
          </label>
        ) : null}
        <Numbers
          name="lane"
          label="logits of one lane"
          value={typed.lane}
          onInput={(lane) => set({ lane })}
        />
        <Numbers
          name="answer"
          label="your kernel’s answer, if you have one"
          value={typed.answer}
          onInput={(answer) => set({ answer })}
        />
      </form>
      <div class="told" aria-live="polite">
        {trial.kind === 'none' ? (
          <p class="empty">{trial.why === '' ? 'Type some logits.' : trial.why}</p>
        ) : (
          <TrialTold trial={trial} />
        )}
      </div>
      <p class="note">
        Judged here, by the code that judged the run; nothing leaves this page. Assumed:{' '}
        {assumedText(arithmetic, typed.format)}. <a href={trialAddress(typed)}>Link to this lane</a>
      </p>
    </>
  );
}

function Numbers({
  name,
  label,
  value,
  onInput,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}): VNode {
  return (
    <label class="numbers">
      <span>{label}</span>
      <textarea
        name={name}
        rows={2}
        spellcheck={false}
        placeholder="0.5, -1e30, -Infinity …"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
