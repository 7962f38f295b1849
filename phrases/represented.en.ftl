# Reviewed: no (machine-written, unreviewed). What the console says of those whom a party speaks for, and to their own officers.
# To an officer of an element, on every page
element-through = through
element-deaf = THE NODE DOES NOT ANSWER
element-deaf-why = From this page no stop call can go now, and none of your alarms comes. Telephone.
element-sound-why = The browser blocks sound until you touch the page. You would not hear that your stop call did not arrive.
element-conflict = Something that another party has declared is too near. With what, only the desk is told: ask it.

# Those whom a party speaks for
elements = Those whom you speak for
element-not-enrolled = You are not enrolled yet: telephone the desk that speaks for you.
element-no-lines = No line is in force: a stop call reaches nobody. Telephone.
element-how = How you were told

# What a stop call says
element-consents = What your stop calls say
element-consents-of = What their stop calls say
element-consents-how = Your stop call goes to all parties at once, whatever stands here. Without your consent it says neither where you are nor who you are.
element-consents-how-of = Their stop call goes to all parties at once, whatever stands here. Note only what they have told you.
element-calls-desk = Called there: { $desk } desk
element-no-desk = No desk is agreed there: nobody is called.
element-place-said = says where
element-place-unsaid = does not say where
element-named-said = says who
element-named-unsaid = does not say who
element-place-may = May say where
element-place-not = Not where any more
element-named-may = May say who
element-named-not = Not who any more
element-said-last = Said last

# Whom a site or a plan is told to
element-site = Who may be told
element-site-of = Consents of
element-site-how = First see what each party would receive. Then consent, party by party. The desk that speaks for you releases it. Change the draft, and it needs your consent anew.
element-site-how-of = It goes to no party without their consent. Note what they have told you; a consent asks you for the release.
element-consented = consented
element-not-consented = no consent: it is not told
element-told = told to them
element-asked = not told yet: the desk is asked
element-asked-of = not told yet: they ask you for the release
element-asks = asks for the release to
element-preview = What they would receive
element-consent = I consent that { $party } is told
element-consent-of = Note their consent
element-withdraw = I no longer consent
element-withdraw-of = Note that they no longer consent
element-withdrawn-own = What was told is still with them: ask the desk to withdraw it.
element-withdrawn-of = They no longer consent to what this tells: withdraw it.
consent-withdrawn = CONSENT WITHDRAWN
consent-missing = No consent to this on this line: it is not released until there is.

# Codes: how a consent was given
how-by-its-officer = by its own officer
how-in-person = in person
how-by-letter = by letter
how-by-telephone = by telephone
