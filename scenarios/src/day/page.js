// Shows every desk in a frame and what happens in words. What happens is asked of the demonstration's own process; the
// desks ask their nodes, and this page sees nothing of what is in them.
'use strict';

const SAID = {
  en: {
    exercise: 'EXERCISE',
    play: 'You play',
    nobody: 'nobody: watch',
    you: 'you',
    alone: 'whole window, with the map',
    wait: 'The desks sign in; the day begins.',
    over: 'The day is over. Act at any desk: those that you do not play go on answering.',
    gone: 'The demonstration has ended.',
    'turn-acknowledge': 'Your turn: open the notice, read it back, answer',
    'turn-amend': 'Your turn: withdraw or change your notice, or leave it to a colleague',
    'turn-check-line': 'Your turn: enter the number of the line check',
    'turn-accept': 'Your turn: accept the stop call',
    'turn-answer-call': 'Your turn: answer the stop call',
    'turn-answer-claim': 'Your turn: answer the claim',
    'turn-receive': 'Your turn: say that the warning was received',
    'turn-lift': 'Your turn: lift the stop call, or leave it to a colleague',
    'turn-resume': 'Your turn: say that you have resumed',
  },
  ru: {
    exercise: 'УЧЕНИЕ',
    play: 'Вы играете за',
    nobody: 'никого: смотреть',
    you: 'вы',
    alone: 'во всё окно, с картой',
    wait: 'Посты входят в систему; день начинается.',
    over: 'День закончен. Действуйте на любом посту: остальные продолжают отвечать.',
    gone: 'Показ завершён.',
    'turn-acknowledge': 'Ваш ход: откройте уведомление, повторите его, ответьте',
    'turn-amend': 'Ваш ход: отзовите или измените уведомление, или оставьте это коллеге',
    'turn-check-line': 'Ваш ход: введите число проверки линии',
    'turn-accept': 'Ваш ход: примите стоп-вызов',
    'turn-answer-call': 'Ваш ход: ответьте на стоп-вызов',
    'turn-answer-claim': 'Ваш ход: ответьте на заявление',
    'turn-receive': 'Ваш ход: подтвердите получение предупреждения',
    'turn-lift': 'Ваш ход: снимите стоп-вызов или оставьте это коллеге',
    'turn-resume': 'Ваш ход: сообщите о возобновлении',
  },
  ar: {
    exercise: 'تمرين',
    play: 'أنت تلعب دور',
    nobody: 'لا أحد: مشاهدة',
    you: 'أنت',
    alone: 'نافذة كاملة مع الخريطة',
    wait: 'تسجّل المكاتب دخولها، ويبدأ اليوم.',
    over: 'انتهى اليوم. تصرّف من أي مكتب: المكاتب التي لا تلعب دورها تواصل الرد.',
    gone: 'انتهى العرض.',
    'turn-acknowledge': 'دورك: افتح الإشعار وأعد قراءته وأجب',
    'turn-amend': 'دورك: اسحب إشعارك أو غيّره، أو اتركه لزميل',
    'turn-check-line': 'دورك: أدخل رقم فحص الخط',
    'turn-accept': 'دورك: تسلَّم نداء الإيقاف',
    'turn-answer-call': 'دورك: أجب عن نداء الإيقاف',
    'turn-answer-claim': 'دورك: أجب عن الادعاء',
    'turn-receive': 'دورك: قل إن التحذير وصل',
    'turn-lift': 'دورك: ارفع نداء الإيقاف، أو اتركه لزميل',
    'turn-resume': 'دورك: قل إنكم استأنفتم',
  },
};
const LANGUAGES = Object.keys(SAID);
const EVERY = 500;

const given = JSON.parse(document.body.dataset.given);
const at = (id) => document.getElementById(id);
let language = LANGUAGES.find((tag) => (navigator.language || '').startsWith(tag)) || 'en';
let shown = { step: 0, steps: 0, you: null, your_turn: null, over: false };
let isGone = false;

const say = (name) => SAID[language][name];

function pressed(text, isPressed, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.setAttribute('aria-pressed', String(isPressed));
  button.addEventListener('click', act);
  return button;
}

async function play(party) {
  await fetch('play', { method: 'POST', body: party || '' }).then(read, gone);
}

function draw() {
  const root = document.documentElement;
  root.lang = language;
  root.dir = language === 'ar' ? 'rtl' : 'ltr';
  for (const of of document.querySelectorAll('[data-say]')) of.textContent = say(of.dataset.say);
  for (const of of document.querySelectorAll('[data-language]'))
    of.setAttribute('aria-pressed', String(of.dataset.language === language));
  at('title').textContent = given.title[language];
  const begun = shown.step > 0;
  at('count').textContent = begun ? `${shown.step}/${shown.steps}` : '';
  at('step').textContent = isGone ? say('gone') : shown.over ? say('over') : begun ? shown.title[language] : say('wait');
  at('say').textContent = isGone || shown.over ? '' : begun ? shown.say[language] : given.about[language];
  at('turn').textContent = shown.your_turn && !isGone ? say(`turn-${shown.your_turn}`) : '';
  const parties = [...given.desks.map((desk) => [desk.party, desk.called[language]]), [null, say('nobody')]];
  const focused = [...at('parties').children].indexOf(document.activeElement);
  const buttons = parties.map(([party, name]) => pressed(name, shown.you === party, () => void play(party)));
  at('parties').replaceChildren(...buttons);
  at('parties').children[focused]?.focus();
  for (const desk of document.querySelectorAll('.desk')) {
    const isYou = desk.dataset.party === shown.you;
    desk.classList.toggle('you', isYou);
    desk.querySelector('.you').textContent = isYou ? `• ${SAID[desk.querySelector('h2').lang].you}` : '';
  }
}

let drawn = '';
function drawIfChanged() {
  const now = JSON.stringify([shown, language, isGone]);
  if (now !== drawn) draw();
  drawn = now;
}

async function read(answer) {
  if (!answer.ok) return gone();
  shown = await answer.json();
  isGone = false;
  drawIfChanged();
}

function gone() {
  isGone = true;
  drawIfChanged();
}

for (const button of document.querySelectorAll('[data-language]'))
  button.addEventListener('click', () => {
    language = button.dataset.language;
    drawIfChanged();
  });

for (const desk of given.desks) {
  const section = document.createElement('section');
  section.className = 'desk';
  section.dataset.party = desk.party;
  const heading = document.createElement('h2');
  heading.lang = desk.language;
  heading.dir = desk.language === 'ar' ? 'rtl' : 'ltr';
  const you = document.createElement('span');
  you.className = 'you';
  // The session is there by then: the same node, in a window that has room for its map.
  const alone = document.createElement('a');
  alone.href = desk.origin;
  alone.target = '_blank';
  alone.rel = 'noopener noreferrer';
  alone.textContent = SAID[desk.language].alone;
  const name = document.createElement('span');
  name.append(desk.called[desk.language], you);
  heading.append(name, alone);
  const frame = document.createElement('iframe');
  frame.title = desk.called[desk.language];
  // Its alarms may sound here once somebody has let them.
  frame.allow = `autoplay ${desk.origin}`;
  frame.src = desk.link;
  section.append(heading, frame);
  at('desks').append(section);
}
drawIfChanged();
setInterval(() => void fetch('now').then(read, gone), EVERY);
