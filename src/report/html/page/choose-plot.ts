/** Shows the plots of the kernel that is chosen, and hides the others; without scripts all are seen. */

export function choosePlot(): void {
  const choices = [...document.querySelectorAll<HTMLInputElement>('input[name="plot"]')];
  const show = (): void => {
    for (const choice of choices) document.getElementById(`plot-${choice.value}`)!.hidden = !choice.checked;
  };
  for (const choice of choices) choice.addEventListener('change', show);
  show();
}
