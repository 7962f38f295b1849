# The phrases of the hotline in English. A phrase that a native-speaking officer has reviewed carries
# `.reviewed = NAME, DATE`; one without it is machine-written, and is shown as unreviewed.
language = English
direction = ltr

-heard = R01 (understood) or R02 (not understood).
-read-back = Read back its critical items, then R01 (understood), R02 (not understood) or R03 (say again).
-yes-or-no = R04 (yes), R05 (no), R06 (wait), R07 (we do not know) or R10 (we will not answer that).
-line = L02 (well) or L03 (with difficulty).
-none = None.
-told = The phrase that tells it, R06 (wait), R07 (we do not know) or R10 (we will not answer that).
-again = The phrase spoken of is said again, or another that says it better.
-correct = Wait for the correction, then read back again.
-items = Read back the critical items of the phrase spoken of.

unreviewed = unreviewed
unknown-phrase = A phrase that this node does not know: { $code }. Answer R02 (not understood).
missing-text = { $code }: no text in this language

marker-question = question
marker-answer = answer
marker-information = information
marker-intention = intention
marker-warning = warning
marker-request = request
marker-correction = correction
marker-cancel = cancel

group-air = air
group-ground = ground
group-protection = protection
group-line = line
group-stop = stop
group-answers = answers
group-question = question
group-cancel = cancel
group-correction = correction
group-distress = distress
group-downed-crew = downed crew
group-medical-evacuation = medical evacuation
group-unsafe-approach = unsafe approach

slot-element = on behalf of
slot-subject = about
slot-place = place
slot-second-description = second description
slot-band = heights
slot-window = time
slot-since = since
slot-until = until
slot-count = number
slot-speed = speed
slot-bearing = bearing
slot-distance = distance
slot-label = name
slot-contact = contact
slot-remarks = in their own words
slot-language = language

## air

a01 = We have aircraft active near { $place }, { $window }.
    .meaning = Air activity of our own.
    .response = { -read-back }
a02 = Our aircraft will pass { $place }, { $window }.
    .meaning = Where and when an aircraft of ours will pass.
    .response = { -read-back }
a03 = Our aircraft have left the area of { $place } since { $since }.
    .meaning = The air activity of ours there has ended.
    .response = { -heard }
a04 = Our unmanned aircraft near { $place } does not obey us since { $since }.
    .meaning = Lost link: it may go anywhere.
    .response = { -read-back }
a05 = Our aircraft near { $place } is in difficulty and may leave what we declared.
    .meaning = Expect an aircraft of ours outside of its notice.
    .response = { -read-back }
a06 = Our air activity is delayed: it is now { $window }.
    .meaning = The notice or phrase spoken of holds at another time.
    .response = { -read-back }
a07 = Our aircraft are at heights { $band }.
    .meaning = The heights that we use.
    .response = { -read-back }
a08 = Fuel or stores fell from our aircraft near { $place } at { $since }.
    .meaning = Danger on the ground to everybody there.
    .response = { -read-back }
a09 = Satellite navigation is disturbed near { $place } since { $since }.
    .meaning = Positions taken there may be wrong, ours and yours.
    .response = { -heard }

## ground

g01 = Our people are near { $place } since { $since }.
    .meaning = Presence of our own on the ground.
    .response = { -read-back }
g02 = Our people will move near { $place }, { $window }.
    .meaning = A movement of our own on the ground.
    .response = { -read-back }
g03 = Our movement near { $place } has ended at { $since }.
    .meaning = Nothing of ours moves there any more.
    .response = { -heard }
g04 = There are mines or unexploded ordnance near { $place }.
    .meaning = Danger to everybody there.
    .response = { -read-back }
g05 = We will blow up ordnance near { $place }, { $window }.
    .meaning = The noise is a demolition of ours, and no attack.
    .response = { -read-back }
g06 = We will practise with live ammunition near { $place }, { $window }.
    .meaning = A range of our own; directed at nobody.
    .response = { -read-back }
g07 = Our repair or recovery team works near { $place }, { $window }.
    .meaning = Unprotected people of ours at work.
    .response = { -read-back }
g08 = The road or bridge at { $place } is dangerous since { $since }.
    .meaning = Danger to everybody who uses it.
    .response = { -heard }

## protection

p01 = There is a protected site at { $place }: { $label }.
    .meaning = A site to be spared, which may not be in a notice yet.
    .response = { -read-back }
p02 = An aid convoy is near { $place }, { $window }.
    .meaning = A convoy to be spared.
    .response = { -read-back }
p03 = There are civilians near { $place } since { $since }.
    .meaning = People to be spared.
    .response = { -read-back }
p04 = Civilians will leave { $place }, { $window }.
    .meaning = People to be spared will be on the move.
    .response = { -read-back }
p05 = The protected site at { $place } is being hit since { $since }.
    .meaning = Send a stop call first where it must end now.
    .response = { -read-back }
p06 = The protected site at { $place } is empty since { $since }.
    .meaning = Its notice stands until it is withdrawn.
    .response = { -heard }
p07 = Keep away from { $place }, { $window }: there are people under protection.
    .meaning = A wish for restraint; it obliges to nothing.
    .response = { -read-back }
p08 = Damage at { $place } would release water, gas or poison.
    .meaning = Works whose damage endangers everybody.
    .response = { -read-back }

## line

l01 = How do you read this line?
    .meaning = A question about the line, beside its checks.
    .response = { -line }
l02 = We read this line well.
    .meaning = Words and phrases arrive whole.
    .response = { -none }
l03 = We read this line with difficulty.
    .meaning = Something is late, missing or not legible.
    .response = { -none }
l04 = From now on reach us by telephone: { $contact }.
    .meaning = The line itself stays; the telephone is surer.
    .response = { -heard }
l05 = Our node will not answer, { $window }.
    .meaning = Planned work: telephone in that time.
    .response = { -heard }
l06 = Our watch changes at { $since }.
    .meaning = Another officer speaks from then on.
    .response = { -heard }
l07 = What we say now is real and no exercise.
    .meaning = To be said where an exercise is going on.
    .response = { -heard }
l08 = We have no interpreter until { $until }: use phrases.
    .meaning = Free words wait; phrases are read by all.
    .response = { -heard }
l09 = What follows is in our own words.
    .meaning = Free text: only where the arrangement has it. The original counts, and no translation.
    .response = { -heard }

## stop

s01 = We are working on your stop call: next word by { $until }.
    .meaning = It is no answer to the call: that is given on the call.
    .response = { -heard }
s02 = Do you still observe the danger of your stop call?
    .meaning = Asked of the caller.
    .response = { -yes-or-no }
s03 = The danger of our stop call goes on, seen at { $since }.
    .meaning = The call stands: renew it as well.
    .response = { -heard }
s04 = We have not seen the danger of our stop call since { $since }.
    .meaning = The call stands until it is lifted.
    .response = { -heard }
s05 = What was in flight before your stop call may still fall until { $until }.
    .meaning = Danger that can't be called back.
    .response = { -read-back }
s06 = Say the place of your stop call again.
    .meaning = The place is missing, or in doubt. The pause does not wait for it.
    .response = { -again }
s07 = We can't reach the unit that your stop call is about: next attempt by { $until }.
    .meaning = It is no answer to the call: that is given on the call.
    .response = { -heard }

## answers

r01 = Understood.
    .meaning = The meaning is clear. It is no agreement.
    .response = { -none }
r02 = Not understood.
    .meaning = The meaning, the code or a slot is not clear.
    .response = { -again }
r03 = Say again.
    .meaning = The whole phrase once more, or by another one.
    .response = { -again }
r04 = Yes.
    .meaning = To a question only.
    .response = { -none }
r05 = No.
    .meaning = To a question only.
    .response = { -none }
r06 = Wait: we answer by { $until }.
    .meaning = The question is understood.
    .response = { -none }
r07 = We do not know.
    .meaning = Neither yes nor no.
    .response = { -none }
r08 = Your read-back is correct.
    .meaning = Said by whoever spoke, having compared it.
    .response = { -none }
r09 = Your read-back is wrong: we say again.
    .meaning = A correction follows.
    .response = { -correct }
r10 = We will not answer that.
    .meaning = A question may stay open; that is no answer either.
    .response = { -none }
r11 = We have told our units.
    .meaning = It is passed on; nothing is said of what they do.
    .response = { -none }
r12 = That is not ours.
    .meaning = A formal answer; nobody is required to believe it.
    .response = { -none }
r13 = Read that back to us.
    .meaning = The critical items are entered again.
    .response = { -items }

## question

q01 = Is the activity near { $place } yours?
    .meaning = Asked of what endangers us or a protected site there.
    .response = { -yes-or-no }
q02 = What is dangerous near { $place }?
    .meaning = Asked for the danger, not for who is there.
    .response = { -told }
q03 = Until when does that hold?
    .meaning = The end of the window of what is spoken of.
    .response = { -told }
q04 = In which height reference is that?
    .meaning = Ellipsoid, mean sea level, ground, or flight level.
    .response = { -told }
q05 = Say that place in another form.
    .meaning = A second description, to compare with the first.
    .response = { -told }
q06 = Do you have this notice of ours?
    .meaning = Whether a person has seen it.
    .response = { -yes-or-no }
q07 = Have your units been told of this?
    .meaning = Whether it reached those whom it concerns.
    .response = { -yes-or-no }
q08 = Do you know of the protected site at { $place }?
    .meaning = Whether it is on your lists.
    .response = { -yes-or-no }

## cancel

c01 = We cancel what we said.
    .meaning = The phrase spoken of counts as not said; it stays in the record.
    .response = { -heard }
c02 = We said that in error: we cancel it.
    .meaning = It was never so.
    .response = { -heard }
c03 = That is over: we cancel it.
    .meaning = It was so, and is so no more.
    .response = { -heard }
c04 = We take back our question.
    .meaning = No answer is asked for any more.
    .response = { -heard }

## correction

k01 = Correction: the place is { $place }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k02 = Correction: the time is { $window }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k03 = Correction: the heights are { $band }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k04 = Correction: the number is { $count }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k05 = Correction: it began at { $since }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k06 = Correction: it ends at { $until }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -read-back }
k07 = Correction: the name is { $label }.
    .meaning = All else in the phrase spoken of stays.
    .response = { -heard }

## distress

d01 = MAYDAY: our aircraft near { $place } is in distress since { $since }.
    .meaning = Danger to life; expect it to leave its path.
    .response = { -read-back }
d02 = Our people near { $place } are in danger of their lives since { $since }.
    .meaning = Distress on the ground or the water.
    .response = { -read-back }
d03 = Our aircraft near { $place } falls or drifts towards { $bearing }.
    .meaning = Whoever is below is in danger.
    .response = { -read-back }
d04 = There is fire, gas or poison near { $place } since { $since }.
    .meaning = Danger to everybody there.
    .response = { -read-back }
d05 = We lost contact with our aircraft, last near { $place } at { $since }.
    .meaning = It may be in distress.
    .response = { -read-back }
d06 = Our distress is over since { $since }.
    .meaning = What the distress asked for is needed no more.
    .response = { -heard }

## downed-crew

e01 = Our crew is down near { $place } since { $since }.
    .meaning = Persons in distress are protected, whoever finds them.
    .response = { -read-back }
e02 = We search for our crew near { $place }, { $window }.
    .meaning = Our search: directed at nobody.
    .response = { -read-back }
e03 = Keep away from the search for our crew near { $place }, { $window }.
    .meaning = A wish for restraint; it obliges to nothing.
    .response = { -read-back }
e04 = Is a crew of ours in your care?
    .meaning = Asked for their lives, not for where you are.
    .response = { -yes-or-no }
e05 = People who are not ours are in our care since { $since }: { $count }.
    .meaning = They are alive and protected. Nothing is said of where.
    .response = { -heard }
e06 = Of those in our care { $count } are wounded, as of { $since }.
    .meaning = Nothing is said of where they are.
    .response = { -heard }
e07 = Our search has ended at { $since }.
    .meaning = What we declared for it is needed no more.
    .response = { -heard }

## medical-evacuation

m01 = We fetch wounded near { $place }, { $window }.
    .meaning = A medical evacuation: protected.
    .response = { -read-back }
m02 = Our medical aircraft passes { $place }, { $window }, at heights { $band }.
    .meaning = A protected flight.
    .response = { -read-back }
m03 = Our medical vehicles, { $count }, pass { $place }, { $window }.
    .meaning = A protected movement.
    .response = { -read-back }
m04 = Our medical evacuation is delayed until { $until }.
    .meaning = It is still to come.
    .response = { -read-back }
m05 = Our medical evacuation has ended at { $since }.
    .meaning = What we declared for it is needed no more.
    .response = { -heard }
m06 = Keep away from our medical evacuation near { $place }, { $window }.
    .meaning = A wish for restraint; it obliges to nothing.
    .response = { -read-back }
m07 = Our medical evacuation was fired at, at { $since }.
    .meaning = Send a stop call first where it must end now.
    .response = { -heard }

## unsafe-approach

u01 = An unsafe approach to us near { $place } since { $since }.
    .meaning = Something comes dangerously near to ours. It says where we are, not where you are.
    .response = { -heard }
u02 = A weapon's radar or laser points at us near { $place } since { $since }.
    .meaning = It is taken for the last step before firing.
    .response = { -heard }
u03 = We turn to { $bearing } to keep apart.
    .meaning = Our own next movement.
    .response = { -heard }
u04 = We keep our course { $bearing } and speed { $speed }.
    .meaning = Our own movement does not change.
    .response = { -heard }
u05 = We stop near { $place }.
    .meaning = Our own movement ends there.
    .response = { -heard }
u06 = Stay { $distance } away from us near { $place }.
    .meaning = A wish for restraint; it obliges to nothing.
    .response = { -read-back }
u07 = What do you intend?
    .meaning = Asked in an unsafe approach, so that both can keep apart.
    .response = { -told }
u08 = The unsafe approach has ended at { $since }.
    .meaning = What was said of it is over.
    .response = { -heard }
