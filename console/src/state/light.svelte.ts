/** Whether the page is for a dark room or for daylight. Whoever sits there says so, once. */
const KEPT = 'standclear-light';

let isDay = $state(localStorage.getItem(KEPT) === 'day');

function show(): void {
  document.documentElement.dataset['light'] = isDay ? 'day' : 'night';
}
show();

export const light = {
  get isDay(): boolean {
    return isDay;
  },
  turn(): void {
    isDay = !isDay;
    localStorage.setItem(KEPT, isDay ? 'day' : 'night');
    show();
  },
};
