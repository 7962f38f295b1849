# رُوجع: لا (كتبته آلة ولم يراجعه أحد). ما تقوله الشاشة عن الجهات الممثَّلة ولضباطها.
# To an officer of an element, on every page
element-through = عبر
element-deaf = العقدة لا تجيب
element-deaf-why = لا يمكن الآن إرسال نداء الإيقاف من هذه الصفحة، ولا تصلك إنذاراتك. اتصل هاتفياً.
element-sound-why = يمنع المتصفح الصوت حتى تلمس الصفحة. لن تسمع أن نداء الإيقاف الصادر عنك لم يصل.
element-conflict = شيء أعلنه طرف آخر قريب أكثر مما ينبغي. المكتب وحده يُبلَّغ بماهيته: اسأله.

# Those whom a party speaks for
elements = الجهات التي تتحدثون باسمها
element-not-enrolled = لم تُسجَّلوا بعد: اتصلوا بالمكتب الذي يتحدث باسمكم.
element-no-lines = لا خط سارٍ: نداء الإيقاف لا يصل إلى أحد. اتصل هاتفياً.
element-how = كيف أُبلغتم

# What a stop call says
element-consents = ما تقوله نداءات الإيقاف الصادرة عنكم
element-consents-of = ما تقوله نداءات الإيقاف الصادرة عنهم
element-consents-how = نداء الإيقاف الصادر عنكم يصل إلى جميع الأطراف فوراً مهما كان المذكور هنا. ومن دون موافقتكم لا يقول أين أنتم ولا من أنتم.
element-consents-how-of = نداء الإيقاف الصادر عنهم يصل إلى جميع الأطراف فوراً مهما كان المذكور هنا. سجّلوا فقط ما أبلغوكم به.
element-calls-desk = المكتب المُنادى هناك: { $desk }
element-no-desk = لا مكتب متفق عليه هناك: لا أحد يُنادى.
element-place-said = يذكر المكان
element-place-unsaid = لا يذكر المكان
element-named-said = يذكر الجهة
element-named-unsaid = لا يذكر الجهة
element-place-may = السماح بذكر المكان
element-place-not = إلغاء ذكر المكان
element-named-may = السماح بذكر الجهة
element-named-not = إلغاء ذكر الجهة
element-said-last = آخر تغيير

# Whom a site or a plan is told to
element-site = من يجوز إبلاغه
element-site-of = موافقات الجهة
element-site-how = انظر أولاً ما الذي سيتلقاه كل طرف، ثم وافق لكل طرف على حدة. المكتب الذي يتحدث باسمكم هو الذي يفصح عنه. وإذا غُيّرت المسودة لزمت موافقة جديدة.
element-site-how-of = لا يُبلَّغ إلى أي طرف من دون موافقتهم. سجّلوا ما أبلغوكم به؛ فالموافقة طلب إفصاح موجّه إليكم.
element-consented = تمت الموافقة
element-not-consented = لا موافقة: لا يُبلَّغ
element-told = أُبلغ به الطرف
element-asked = لم يُبلَّغ بعد: طُلب ذلك من المكتب
element-asked-of = لم يُبلَّغ بعد: يطلبون منكم الإفصاح
element-asks = تطلب الإفصاح عنه إلى
element-preview = ما الذي سيتلقاه
element-consent = أوافق على إبلاغ { $party }
element-consent-of = تسجيل موافقتهم
element-withdraw = أسحب موافقتي
element-withdraw-of = تسجيل سحب موافقتهم
element-withdrawn-own = ما أُبلغ به ما زال عندهم: اطلب من المكتب سحب الإشعار.
element-withdrawn-of = لم تعد الجهة توافق على ما يُبلغ به هذا: اسحبوا الإشعار.
consent-withdrawn = سُحبت الموافقة
consent-missing = لا موافقة على هذا في هذا الخط: لا يُفصح عنه من دونها.

# Codes: how a consent was given
how-by-its-officer = من ممثلها
how-in-person = شخصياً
how-by-letter = برسالة
how-by-telephone = هاتفياً
