# عبارات الخط الساخن بالعربية. العبارة التي راجعها ضابط لغته الأم العربية تحمل
# `.reviewed = الاسم، التاريخ`؛ وما ليس فيه ذلك كتبته آلة ويُعرض على أنه غير مُراجَع.
language = العربية
direction = rtl

-heard = R01 (فهمنا) أو R02 (لم نفهم).
-read-back = أعيدوا بنودها الحرجة، ثم R01 (فهمنا) أو R02 (لم نفهم) أو R03 (أعيدوا القول).
-yes-or-no = R04 (نعم) أو R05 (لا) أو R06 (انتظروا) أو R07 (لا نعلم) أو R10 (لن نجيب عن ذلك).
-line = L02 (جيداً) أو L03 (بصعوبة).
-none = لا شيء.
-told = العبارة التي تقوله، أو R06 (انتظروا) أو R07 (لا نعلم) أو R10 (لن نجيب عن ذلك).
-again = تُعاد العبارة المذكورة أو تقال بأخرى أوضح.
-correct = انتظروا التصحيح ثم أعيدوا من جديد.
-items = أعيدوا البنود الحرجة للعبارة المذكورة.

unreviewed = غير مُراجَع
unknown-phrase = عبارة لا تعرفها هذه العقدة: { $code }. أجيبوا R02 (لم نفهم).
missing-text = { $code }: لا نص بهذه اللغة

marker-question = سؤال
marker-answer = جواب
marker-information = إفادة
marker-intention = نية
marker-warning = تحذير
marker-request = طلب
marker-correction = تصحيح
marker-cancel = إلغاء

group-air = الجو
group-ground = الأرض
group-protection = الحماية
group-line = الخط
group-stop = التوقف
group-answers = الأجوبة
group-question = سؤال
group-cancel = إلغاء
group-correction = تصحيح
group-distress = المحنة
group-downed-crew = طاقم ساقط
group-medical-evacuation = الإخلاء الطبي
group-unsafe-approach = اقتراب غير آمن

slot-element = نيابة عن
slot-subject = عن
slot-place = المكان
slot-second-description = الوصف الثاني
slot-band = الارتفاعات
slot-window = الوقت
slot-since = منذ
slot-until = حتى
slot-count = العدد
slot-speed = السرعة
slot-bearing = الاتجاه
slot-distance = المسافة
slot-label = الاسم
slot-contact = الاتصال
slot-remarks = بكلماتهم
slot-language = اللغة

## air

a01 = طائراتنا تعمل قرب { $place }، { $window }.
    .meaning = نشاط جوي يخصنا نحن.
    .response = { -read-back }
a02 = ستمر طائرتنا عند { $place }، { $window }.
    .meaning = أين ومتى تمر طائرة لنا.
    .response = { -read-back }
a03 = غادرت طائراتنا منطقة { $place } منذ { $since }.
    .meaning = انتهى نشاطنا الجوي هناك.
    .response = { -heard }
a04 = طائرتنا المسيّرة قرب { $place } خارج سيطرتنا منذ { $since }.
    .meaning = فقدان الاتصال: قد تتجه إلى أي مكان.
    .response = { -read-back }
a05 = طائرتنا قرب { $place } في صعوبة وقد تخرج عما أعلنّاه.
    .meaning = توقعوا طائرة لنا خارج ما أُعلن.
    .response = { -read-back }
a06 = تأخر نشاطنا الجوي: صار { $window }.
    .meaning = الإشعار أو العبارة المذكورة في وقت آخر.
    .response = { -read-back }
a07 = طائراتنا على ارتفاعات { $band }.
    .meaning = الارتفاعات التي نستعملها.
    .response = { -read-back }
a08 = سقط وقود أو حمولة من طائرتنا قرب { $place } عند { $since }.
    .meaning = خطر على الأرض لكل من هناك.
    .response = { -read-back }
a09 = الملاحة بالأقمار مشوشة قرب { $place } منذ { $since }.
    .meaning = قد تكون المواقع هناك خاطئة عندنا وعندكم.
    .response = { -heard }

## ground

g01 = أفرادنا قرب { $place } منذ { $since }.
    .meaning = وجود لنا على الأرض.
    .response = { -read-back }
g02 = سيتحرك أفرادنا قرب { $place }، { $window }.
    .meaning = تحرك لنا على الأرض.
    .response = { -read-back }
g03 = انتهى تحركنا قرب { $place } عند { $since }.
    .meaning = لم يعد شيء لنا يتحرك هناك.
    .response = { -heard }
g04 = توجد ألغام أو ذخائر غير منفجرة قرب { $place }.
    .meaning = خطر على كل من هناك.
    .response = { -read-back }
g05 = سنفجر ذخائر قرب { $place }، { $window }.
    .meaning = الأصوات تفجير لنا وليست هجوماً.
    .response = { -read-back }
g06 = سنتدرب بالذخيرة الحية قرب { $place }، { $window }.
    .meaning = ميدان لنا؛ غير موجه إلى أحد.
    .response = { -read-back }
g07 = فريق الإصلاح أو السحب عندنا يعمل قرب { $place }، { $window }.
    .meaning = أفراد لنا غير محميين في عمل.
    .response = { -read-back }
g08 = الطريق أو الجسر عند { $place } خطر منذ { $since }.
    .meaning = خطر على كل من يمر هناك.
    .response = { -heard }

## protection

p01 = يوجد موقع محمي عند { $place }: { $label }.
    .meaning = موقع يجب تجنيبه وقد لا يكون في إشعار بعد.
    .response = { -read-back }
p02 = قافلة إغاثة قرب { $place }، { $window }.
    .meaning = قافلة يجب تجنيبها.
    .response = { -read-back }
p03 = يوجد مدنيون قرب { $place } منذ { $since }.
    .meaning = أناس يجب تجنيبهم.
    .response = { -read-back }
p04 = سيغادر مدنيون { $place }، { $window }.
    .meaning = أناس يجب تجنيبهم سيكونون في الطريق.
    .response = { -read-back }
p05 = الموقع المحمي عند { $place } يتعرض للإصابة منذ { $since }.
    .meaning = أرسلوا نداء التوقف أولاً إن وجب الكف الآن.
    .response = { -read-back }
p06 = الموقع المحمي عند { $place } خالٍ منذ { $since }.
    .meaning = يبقى إشعاره قائماً حتى يُسحب.
    .response = { -heard }
p07 = ابتعدوا عن { $place }، { $window }: فيه أشخاص تحت الحماية.
    .meaning = طلب امتناع؛ لا يُلزم بشيء.
    .response = { -read-back }
p08 = أي ضرر عند { $place } يطلق ماءً أو غازاً أو سماً.
    .meaning = منشأة يعرّض ضررها الجميع للخطر.
    .response = { -read-back }

## line

l01 = كيف تستقبلون هذا الخط؟
    .meaning = سؤال عن الخط إلى جانب فحوصه.
    .response = { -line }
l02 = نستقبل هذا الخط جيداً.
    .meaning = تصل الكلمات والعبارات كاملة.
    .response = { -none }
l03 = نستقبل هذا الخط بصعوبة.
    .meaning = شيء يتأخر أو يضيع أو لا يُقرأ.
    .response = { -none }
l04 = من الآن نُطلب بالهاتف: { $contact }.
    .meaning = يبقى الخط نفسه؛ والهاتف أوثق.
    .response = { -heard }
l05 = لن تجيب عقدتنا، { $window }.
    .meaning = عمل مخطط: اتصلوا بالهاتف في ذلك الوقت.
    .response = { -heard }
l06 = تتبدل مناوبتنا عند { $since }.
    .meaning = يتكلم ضابط آخر من ذلك الحين.
    .response = { -heard }
l07 = ما نقوله الآن حقيقي وليس تمريناً.
    .meaning = يقال حيث يجري تمرين.
    .response = { -heard }
l08 = لا مترجم عندنا حتى { $until }: استعملوا العبارات.
    .meaning = الكلام الحر ينتظر؛ والعبارات يقرؤها الجميع.
    .response = { -heard }
l09 = ما يلي بكلماتنا نحن.
    .meaning = نص حر: حيث ترد في الترتيب وحده. والعبرة بالأصل لا بالترجمة.
    .response = { -heard }

## stop

s01 = نعمل على نداء التوقف منكم: الخبر التالي قبل { $until }.
    .meaning = ليس جواباً على النداء: ذاك يُعطى على النداء نفسه.
    .response = { -heard }
s02 = هل ما زلتم ترون الخطر الذي في نداء التوقف منكم؟
    .meaning = يُسأل عنه صاحب النداء.
    .response = { -yes-or-no }
s03 = الخطر الذي في نداء التوقف منا مستمر، رُئي عند { $since }.
    .meaning = النداء قائم: جددوه أيضاً.
    .response = { -heard }
s04 = لم نر الخطر الذي في نداء التوقف منا منذ { $since }.
    .meaning = النداء قائم حتى يُرفع.
    .response = { -heard }
s05 = ما كان في الجو قبل نداء التوقف منكم قد يسقط حتى { $until }.
    .meaning = خطر لا يمكن استرجاعه.
    .response = { -read-back }
s06 = أعيدوا مكان نداء التوقف منكم.
    .meaning = المكان غائب أو مشكوك فيه. والتوقف لا ينتظره.
    .response = { -again }
s07 = لا نصل إلى الوحدة التي يعنيها نداء التوقف منكم: المحاولة التالية قبل { $until }.
    .meaning = ليس جواباً على النداء: ذاك يُعطى على النداء نفسه.
    .response = { -heard }

## answers

r01 = فهمنا.
    .meaning = المعنى واضح. وليس ذلك قبولاً.
    .response = { -none }
r02 = لم نفهم.
    .meaning = المعنى أو الرمز أو إحدى الخانات غير واضح.
    .response = { -again }
r03 = أعيدوا القول.
    .meaning = العبارة كلها مرة أخرى أو بعبارة أخرى.
    .response = { -again }
r04 = نعم.
    .meaning = جواب سؤال فقط.
    .response = { -none }
r05 = لا.
    .meaning = جواب سؤال فقط.
    .response = { -none }
r06 = انتظروا: نجيب قبل { $until }.
    .meaning = السؤال مفهوم.
    .response = { -none }
r07 = لا نعلم.
    .meaning = لا نعم ولا لا.
    .response = { -none }
r08 = إعادتكم صحيحة.
    .meaning = يقولها من تكلم بعد المقارنة.
    .response = { -none }
r09 = إعادتكم خاطئة: نعيد القول.
    .meaning = يتبعها تصحيح.
    .response = { -correct }
r10 = لن نجيب عن ذلك.
    .meaning = قد يبقى السؤال مفتوحاً؛ وليس ذلك جواباً.
    .response = { -none }
r11 = أبلغنا وحداتنا.
    .meaning = نُقل إليها؛ ولا يقال شيء عما تفعله.
    .response = { -none }
r12 = ذلك ليس لنا.
    .meaning = جواب رسمي؛ لا يُلزم أحد بتصديقه.
    .response = { -none }
r13 = أعيدوا ذلك علينا.
    .meaning = تُدخل البنود الحرجة من جديد.
    .response = { -items }

## question

q01 = هل النشاط قرب { $place } لكم؟
    .meaning = عما يهددنا أو يهدد موقعاً محمياً هناك.
    .response = { -yes-or-no }
q02 = ما الخطر قرب { $place }؟
    .meaning = سؤال عن الخطر لا عمن هناك.
    .response = { -told }
q03 = حتى متى يسري ذلك؟
    .meaning = نهاية وقت ما يُذكر.
    .response = { -told }
q04 = بأي مرجع هذا الارتفاع؟
    .meaning = المجسم أو مستوى البحر أو الأرض أو مستوى الطيران.
    .response = { -told }
q05 = قولوا ذلك المكان بصيغة أخرى.
    .meaning = وصف ثانٍ يقارن بالأول.
    .response = { -told }
q06 = هل عندكم هذا الإشعار منا؟
    .meaning = هل رآه شخص.
    .response = { -yes-or-no }
q07 = هل أُبلغت وحداتكم بهذا؟
    .meaning = هل بلغ من يعنيه الأمر.
    .response = { -yes-or-no }
q08 = هل تعلمون بالموقع المحمي عند { $place }؟
    .meaning = هل هو في قوائمكم.
    .response = { -yes-or-no }

## cancel

c01 = نلغي ما قلناه.
    .meaning = تُعد العبارة المذكورة كأنها لم تُقل؛ وتبقى في السجل.
    .response = { -heard }
c02 = قلنا ذلك خطأً: نلغيه.
    .meaning = لم يكن الأمر كذلك قط.
    .response = { -heard }
c03 = انتهى ذلك: نلغيه.
    .meaning = كان كذلك ولم يعد.
    .response = { -heard }
c04 = نسحب سؤالنا.
    .meaning = لم يعد جواب مطلوباً.
    .response = { -heard }

## correction

k01 = تصحيح: المكان { $place }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k02 = تصحيح: الوقت { $window }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k03 = تصحيح: الارتفاعات { $band }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k04 = تصحيح: العدد { $count }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k05 = تصحيح: بدأ عند { $since }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k06 = تصحيح: ينتهي عند { $until }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -read-back }
k07 = تصحيح: الاسم { $label }.
    .meaning = يبقى سائر العبارة المذكورة.
    .response = { -heard }

## distress

d01 = استغاثة: طائرتنا قرب { $place } في محنة منذ { $since }.
    .meaning = خطر على الحياة؛ قد تخرج عن مسارها.
    .response = { -read-back }
d02 = حياة أفرادنا قرب { $place } في خطر منذ { $since }.
    .meaning = محنة على الأرض أو الماء.
    .response = { -read-back }
d03 = طائرتنا قرب { $place } تسقط أو تنجرف نحو الاتجاه { $bearing }.
    .meaning = من تحتها في خطر.
    .response = { -read-back }
d04 = يوجد حريق أو غاز أو سم قرب { $place } منذ { $since }.
    .meaning = خطر على كل من هناك.
    .response = { -read-back }
d05 = فقدنا الاتصال بطائرتنا، آخر مرة قرب { $place } عند { $since }.
    .meaning = قد تكون في محنة.
    .response = { -read-back }
d06 = انتهت محنتنا منذ { $since }.
    .meaning = لم تعد هناك حاجة إلى ما طُلب فيها.
    .response = { -heard }

## downed-crew

e01 = طاقمنا على الأرض قرب { $place } منذ { $since }.
    .meaning = من في محنة محمي أياً كان من يجده.
    .response = { -read-back }
e02 = نبحث عن طاقمنا قرب { $place }، { $window }.
    .meaning = بحث لنا: غير موجه إلى أحد.
    .response = { -read-back }
e03 = ابتعدوا عن البحث عن طاقمنا قرب { $place }، { $window }.
    .meaning = طلب امتناع؛ لا يُلزم بشيء.
    .response = { -read-back }
e04 = هل طاقم لنا في رعايتكم؟
    .meaning = سؤال عن حياتهم لا عن مكانكم.
    .response = { -yes-or-no }
e05 = أشخاص ليسوا منا في رعايتنا منذ { $since }: { $count }.
    .meaning = هم أحياء ومحميون. ولا يقال أين.
    .response = { -heard }
e06 = من الذين في رعايتنا { $count } جرحى، حتى { $since }.
    .meaning = ولا يقال أين هم.
    .response = { -heard }
e07 = انتهى بحثنا عند { $since }.
    .meaning = لم تعد هناك حاجة إلى ما أعلنّاه له.
    .response = { -heard }

## medical-evacuation

m01 = ننقل جرحى قرب { $place }، { $window }.
    .meaning = إخلاء طبي: محمي.
    .response = { -read-back }
m02 = طائرتنا الطبية تمر عند { $place }، { $window }، على ارتفاعات { $band }.
    .meaning = رحلة محمية.
    .response = { -read-back }
m03 = مركباتنا الطبية، { $count }، تمر عند { $place }، { $window }.
    .meaning = تحرك محمي.
    .response = { -read-back }
m04 = تأخر إخلاؤنا الطبي حتى { $until }.
    .meaning = ما زال آتياً.
    .response = { -read-back }
m05 = انتهى إخلاؤنا الطبي عند { $since }.
    .meaning = لم تعد هناك حاجة إلى ما أعلنّاه له.
    .response = { -heard }
m06 = ابتعدوا عن إخلائنا الطبي قرب { $place }، { $window }.
    .meaning = طلب امتناع؛ لا يُلزم بشيء.
    .response = { -read-back }
m07 = أُطلقت النار على إخلائنا الطبي عند { $since }.
    .meaning = أرسلوا نداء التوقف أولاً إن وجب الكف الآن.
    .response = { -heard }

## unsafe-approach

u01 = اقتراب غير آمن منا قرب { $place } منذ { $since }.
    .meaning = شيء يدنو منا دنواً خطراً. يقال أين نحن لا أين أنتم.
    .response = { -heard }
u02 = رادار سلاح أو ليزره موجه إلينا قرب { $place } منذ { $since }.
    .meaning = يُفهم أنه آخر خطوة قبل إطلاق النار.
    .response = { -heard }
u03 = ننعطف إلى { $bearing } لنبتعد.
    .meaning = حركتنا التالية نحن.
    .response = { -heard }
u04 = نبقى على اتجاهنا { $bearing } وسرعتنا { $speed }.
    .meaning = حركتنا لا تتغير.
    .response = { -heard }
u05 = نتوقف قرب { $place }.
    .meaning = تنتهي حركتنا هناك.
    .response = { -heard }
u06 = ابقوا على بعد { $distance } منا قرب { $place }.
    .meaning = طلب امتناع؛ لا يُلزم بشيء.
    .response = { -read-back }
u07 = ماذا تنوون؟
    .meaning = يُسأل في اقتراب غير آمن ليبتعد الطرفان.
    .response = { -told }
u08 = انتهى الاقتراب غير الآمن عند { $since }.
    .meaning = ما قيل عنه انتهى.
    .response = { -heard }
