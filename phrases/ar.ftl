# المراجعة: لا (كتبته آلة، لم يُراجَع)
reviewed = لم يُراجَع

card-title = ورقة الطوارئ
card-line = الخط { $line }: { $own } مع { $peer }
card-exercise = تمرين
card-live = فعلي
card-numbers = إذا تعطل الخط أو هذه العقدة فاتصل هاتفياً فوراً:
card-no-number = لم يُتفق على رقم: اتفقوا على رقم
card-script-title = لإيقافهم قل:
card-script = قف، قف، قف. هنا { $own }. أنتم تقصفون أو على وشك أن تقصفوا قواتنا أو موقعاً محمياً. أوقفوا النشاط الآن.
card-script-place = ثم: أين (الإحداثيات والمسافة من نقطة معروفة)، ماذا يحدث، منذ متى.
card-script-desk = اطلب المكتب لا شخصاً بعينه. من يجيب يتسلم النداء.
card-readback-title = إعادة القراءة:
card-readback = يعيد السامع المكان والارتفاع والوقت. ويستمع القائل ويقول «صحيح» أو «أعيد». كلمة «حسناً» ليست إعادة قراءة.
card-obligation = يُلزم نداء الإيقاف بالتوقف والتحقق لمدة { $minutes } دقيقة ما لم يُجدَّد.
card-record = اكتب: من تكلم، وبأي صفة، ومتى (UTC)، والكلمات نفسها. أدخلها عندما تعود العقدة.

desk-air = الجو
desk-ground = البر
desk-protection = الحماية
desk-senior = القيادة

deaf = هذا المكتب لا يسمع
deaf-why = عقدة هذا المكتب لا تجيب. نداءات الإيقاف التي تصل الآن لا تُسمع هنا.
cannot-send = هذا المكتب لا يستطيع الإرسال
not-sent = لم يُرسَل: اتصل هاتفياً
not-recorded = غير مسجَّل
delivered = تم التسليم
not-delivered = نداء الإيقاف لم يُسلَّم على الخط { $line }: اتصل هاتفياً
link-down = الخط { $line } معطَّل: اتصل هاتفياً
telephone = الهاتف: { $numbers }
notices-stopped = القرص ممتلئ: الإشعارات متوقفة. نداءات الإيقاف ما زالت تُرسَل
no-sounder = لا شيء يرنّ في مكتب { $desk }

alarm-stop = نداء إيقاف من { $party }، مكتب { $desk }
alarm-stop-meaning = يقولون إنكم تقصفون أو على وشك أن تقصفوا قواتهم أو موقعاً محمياً.
alarm-stop-action = تسلَّم النداء، وأمُر بالتوقف، وتحقق.
place-in-doubt = المكان المذكور في هذا النداء مشكوك فيه. أوقفوا أولاً، ثم اطلبوا إعادة ذكر المكان.

cause-unspecified = نشاطكم في منطقة هذا المكتب؛ المكان يتبع
cause-air-strike = غارة جوية
cause-artillery = مدفعية
cause-direct-fire = نيران مباشرة
cause-drone = طائرة مسيّرة
cause-about-to-be-hit = على وشك التعرض للقصف
cause-unsafe-approach = اقتراب خطر

answer-pause-ordered = صدر أمر التوقف (لم تؤكده الوحدات بعد)
answer-pause-confirmed = أكدت الوحدات التوقف
answer-cannot-pause = لا يمكن التوقف
answer-not-ours = ليست لنا
answer-unknown = غير معروف

no-objection = هذا ليس إذناً ولا موافقة ولا ضماناً.
