# Проверено: нет (написано машиной, не проверено). То, что консоль говорит о представляемых организациях и их представителям.
# To an officer of an element, on every page
element-through = через
element-deaf = УЗЕЛ НЕ ОТВЕЧАЕТ
element-deaf-why = С этой страницы сейчас нельзя подать стоп-вызов, и сигналы тревоги к вам не приходят. Звоните по телефону.
element-sound-why = Браузер не даёт звука, пока вы не коснётесь страницы. Вы не услышите, что ваш стоп-вызов не доставлен.
element-conflict = Заявленное другой стороной находится слишком близко. С чем именно конфликт, знает только пост: спросите его.

# Those whom a party speaks for
elements = Кого вы представляете
element-not-enrolled = Вы ещё не внесены в список: позвоните посту, который вас представляет.
element-no-lines = Ни одна линия не действует: стоп-вызов никого не достигнет. Звоните по телефону.
element-how = Как вам сообщили

# What a stop call says
element-consents = Что сообщают ваши стоп-вызовы
element-consents-of = Что сообщают их стоп-вызовы
element-consents-how = Ваш стоп-вызов уходит всем сторонам сразу, что бы здесь ни стояло. Без вашего согласия он не сообщает, ни где вы, ни кто вы.
element-consents-how-of = Их стоп-вызов уходит всем сторонам сразу, что бы здесь ни стояло. Отмечайте только то, что они вам сообщили.
element-calls-desk = Кого вызывает: пост «{ $desk }»
element-no-desk = Пост там не согласован: вызывать некого.
element-place-said = сообщает место
element-place-unsaid = место не сообщает
element-named-said = сообщает, кто
element-named-unsaid = не сообщает, кто
element-place-may = Разрешить сообщать место
element-place-not = Больше не сообщать место
element-named-may = Разрешить сообщать, кто мы
element-named-not = Больше не сообщать, кто мы
element-said-last = Последнее изменение

# Whom a site or a plan is told to
element-site = Кому можно сообщить
element-site-of = Согласие организации
element-site-how = Сначала посмотрите, что получит каждая сторона. Затем дайте согласие по каждой отдельно. Передаёт пост, который вас представляет. Измените черновик — понадобится новое согласие.
element-site-how-of = Без их согласия не передаётся ни одной стороне. Отмечайте то, что они вам сообщили; согласие — это просьба о передаче.
element-consented = согласие дано
element-not-consented = согласия нет: не сообщается
element-told = сообщено стороне
element-asked = ещё не сообщено: пост получил просьбу
element-asked-of = ещё не сообщено: вас просят передать
element-asks = просит передать стороне
element-preview = Что получит эта сторона
element-consent = Согласен: сообщить стороне { $party }
element-consent-of = Отметить их согласие
element-withdraw = Отзываю согласие
element-withdraw-of = Отметить отзыв согласия
element-withdrawn-own = Сообщённое остаётся у них: просите пост отозвать уведомление.
element-withdrawn-of = Организация больше не согласна с тем, что здесь сообщено: отзовите уведомление.
consent-withdrawn = СОГЛАСИЕ ОТОЗВАНО
consent-missing = На этой линии согласия нет: без него передачи не будет.

# Codes: how a consent was given
how-by-its-officer = её представителем
how-in-person = лично
how-by-letter = письмом
how-by-telephone = по телефону
