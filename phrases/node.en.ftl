# Reviewed: no (written by a machine, not reviewed)
# What the node says in English on a screen where that differs from what its errors say in logs and on the command line: the
# words of the screens in the place of codes, and nothing to type. All else is said in the errors' own English.

# Units
unit-ft = ft

# Words
purpose-flight-safety = flight safety
purpose-force-protection = force protection
purpose-force-safety = safety of forces
purpose-protection = protection
purpose-protection-of-civilians = protection of civilians
purpose-safety-of-navigation = safety of navigation
purpose-safety = safety
slot-subject = What it speaks of
slot-phrase = Phrase
slot-marker = Kind of phrase
slot-language = Language
slot-text = Text
slot-bearing = Bearing
slot-distance = Distance
slot-times = Times
slot-items = What was read back
slot-shown-at = Shown at
slot-challenge = Challenge
slot-stop-answer = Answer to the stop call
slot-stop-reason = Reason
slot-answer = Answer
slot-downstream = Units
slot-line-check-result = Result of the line check
slot-standing = Standing of the line
slot-refusal = Refusal
slot-withdrawal-reason = Reason of withdrawal
kind-stop-call = Stop call

# Places
anchor-centre = the centre
anchor-vertex = corner { $number }
anchor-point = point { $number } of the line
second-said = { $anchor } is { $bearing } and { $distance } from { $from }

# Commands
command-no-line = There is no line in force that has the desk “{ $desk }”: put an arrangement in force first.
command-no-desk = The arrangement of line “{ $line }” has no desk “{ $desk }”: name a desk that it has.
command-reason-missing = “{ $answer }” needs a reason: say why.
command-not-a-notice = “{ $kind }” cannot be carried as a notice: draft one of the kinds of notice.
command-draft-lacks = The draft lacks “{ $slot }”: add it, then release.
command-foreign-slot = “{ $slot }” does not belong to “{ $kind }”: take it out.
command-role = An officer acting as “{ $role }” cannot do that: an officer of another role must do it.
command-no-consent = “{ $element }” has not consented that this is told on line “{ $line }”, as it says now: ask it, and note the consent, or leave that line out.
command-phrase-lacks = The phrase lacks “{ $slot }”: add it, then say it.
command-not-lifted = The caller has not lifted it, so there is nothing to resume from: to end a pause early, end it with its reason, which tells them.
command-in-force = It was released and is in force: withdraw it, or wait until it is over.
command-no-element = This account speaks for no element: the administrator makes one that does.
command-unknown-export = There is no such export in view: list them and name one.
command-not-on-watch = “{ $officer }” is not on watch at this desk: see who is, and name one of those.
slot-refused-wrong-shape = “{ $slot }” does not take a value of that shape: give it in the form that it has.
slot-refused-unknown-code = “{ $slot }” has no code { $number }: the other node may be newer, or in error.
slot-refused-too-large = “{ $slot }” holds { $size }, at most { $most } are carried: shorten it.
slot-refused-forbidden-character = “{ $slot }” holds a character that is not carried: control and direction marks are refused.
ground-not-all-read-back = Not all was read back. Enter again as well: { $slots }.
ground-differs = What was read back (“{ $slot }”) is not what the notice says.

# Release
denial-desk = The desk “{ $desk }” is not in the arrangement of this line: choose one that is.
denial-purpose = The purpose “{ $purpose }” is not in the arrangement of this line: choose one that is.
denial-message = “{ $kind }” may not go: { $why }
denial-required = “{ $slot }” may not go, and without it nothing does: { $why }
denial-standing-only = “{ $kind }” is not released under rules, but by the arrangement alone: say it by its own command.
too-fine = “{ $slot }” says where to within { $stated }, the arrangement allows { $finest } at the finest: give fewer digits.
advice-desks = There are: { $names }.
advice-purposes = There are: { $names }.
denied-on = on the line with { $party }: { $why }; { $under }
http-not-released = It was not released: { $each }
note-consent = Note its consent to be named.
in-conflict = It conflicts with { $conflicts } of their notices on line { $line }; the first: on the ground { $ground }; in height { $height }; in time { $time }. Look at them, change it or settle it with them, or release it all the same.

# What was given
auth-not-signed-in = You are not signed in: open a sign-in link, which the administrator makes.
given-slot = “{ $slot }”: { $because }
given-no-slot-of-stop = a stop call has no such field: it has { $slots }
given-may-not-watch = “{ $officer }” may not keep the watch of the desk “{ $desk }”: name one who may.
given-not-given-here = “{ $slot }”: leave it out, it is not given here.
telephone-not-enrolled = This telephone is enrolled for no unit, or no more: open a new link, which the desk makes.
wall-not-enrolled = This screen is enrolled as no wall page, or no more: open a new link, which the desk makes.

# Phrases
catalogue-code = There is no phrase “{ $typed }”: choose one of the list.
catalogue-lacks = Phrase { $code } needs “{ $slot }”: add it.
catalogue-foreign = Phrase { $code } has no “{ $slot }”: take it out, or choose another phrase.

# Claims and warnings
slot-evidence = Evidence
slot-whose = Whose
slot-claim = What happened
slot-claim-answer = Answer to the claim
slot-certainty = How sure
slot-warning = What is warned of
slot-level = Who speaks
kind-claim = Claim
kind-claim-answer = Answer to a claim
kind-claim-statement = Statement on a claim
kind-warning = Warning
kind-warning-received = Receipt of a warning
evidence-no-digest = “{ $typed }” is no hash of a file: it has 64 digits.
evidence-not-kept = No file of that hash is kept here: add it first.
