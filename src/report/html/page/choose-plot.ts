/** Shows the plots of the kernel that is chosen, unpacked when they are first asked for; hides the others. */
import { packedLine } from './data.ts';

export function choosePlot(): void {
  const choices = [...document.querySelectorAll<HTMLInputElement>('input[name="plot"]')];
  const show = async (): Promise<void> => {
    for (const choice of choices) {
      const place = document.getElementById(`plot-${choice.value}`)!;
      place.hidden = !choice.checked;
      if (choice.checked && place.childElementCount === 0) {
        // Rendered as the page itself was, and by its policy nothing in it can run.
        place.innerHTML = (await packedLine('plots-data', Number(choice.value))) as string;
      }
    }
  };
  for (const choice of choices) choice.addEventListener('change', () => void show());
  void show();
}
