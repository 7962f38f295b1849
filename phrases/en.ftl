# Reviewed: no (machine-written, unreviewed)
reviewed = unreviewed

card-title = FALLBACK SHEET
card-line = Line { $line }: { $own } with { $peer }
card-exercise = EXERCISE
card-live = LIVE
card-numbers = If the line or this node does not work, telephone at once:
card-no-number = no number is agreed: agree on one
card-script-title = To stop them, say:
card-script = STOP, STOP, STOP. This is { $own }. You are hitting, or about to hit, ours or a protected site. Cease activity now.
card-script-place = Then: where (grid and distance from a named point), what is happening, since when.
card-script-desk = Ask for the desk, never for a person. Whoever answers takes the call.
card-readback-title = Read back:
card-readback = The one who hears it repeats place, height and time. The one who said it listens, and says CORRECT or I SAY AGAIN. "OK" is not a read-back.
card-obligation = A stop call obliges to pause and verify, for { $minutes } minutes unless renewed.
card-record = Write down: who spoke, in which role, when (UTC), the words. Enter it when the node is back.

desk-air = air
desk-ground = ground
desk-protection = protection
desk-senior = senior

deaf = THIS DESK IS DEAF
deaf-why = The node of this desk does not answer. Stop calls that arrive now do not sound here.
cannot-send = THIS DESK CANNOT SEND
not-sent = NOT SENT: TELEPHONE
not-recorded = not recorded
delivered = DELIVERED
not-delivered = STOP CALL NOT DELIVERED on line { $line }: TELEPHONE
link-down = LINE { $line } IS DOWN: TELEPHONE
telephone = telephone: { $numbers }
notices-stopped = THE DISK IS FULL: NOTICES ARE STOPPED. STOP CALLS STILL GO
no-sounder = NOTHING SOUNDS AT THE { $desk } DESK

alarm-stop = STOP CALL from { $party }, { $desk } desk
alarm-stop-meaning = They say that you are hitting, or about to hit, theirs or a protected site.
alarm-stop-action = Accept it, order a pause, verify.
place-in-doubt = The place in this call is in doubt. Pause first; then ask them to say the place again.

cause-unspecified = your activity in this desk's area; place follows
cause-air-strike = air strike
cause-artillery = artillery
cause-direct-fire = direct fire
cause-drone = drone
cause-about-to-be-hit = about to be hit
cause-unsafe-approach = unsafe approach

answer-pause-ordered = pause ordered (not yet confirmed by the units)
answer-pause-confirmed = pause confirmed by the units
answer-cannot-pause = cannot pause
answer-not-ours = not ours
answer-unknown = unknown

no-objection = This is not permission, approval or assurance.
