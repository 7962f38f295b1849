# Reviewed: no (machine-written, unreviewed). What the console says of the map and of past times.
# The map
map-controls = Map controls
zoom-in = Zoom in
zoom-out = Zoom out
show-all = Show the agreed area
legend = Legend
no-map = No map on this machine
no-map-why = It has no WebGL. Everything that a map shows is in the lists; stop calls and alarms work as ever.
# Time
past-name = REPLAY
past-what = This is the record: what was known to us at
past-none = Nothing was recorded yet at that time.
past-cannot = Nothing can be sent, answered or drafted from here. Stop calls still come in and sound.
past-live = Live again
past-ended = A stop call came in: the replay has ended.
past-reading = Reading the record…
past-slider = Time that is shown
past-span = How far back
past-hours = { $count } h
past-days = { $count } days
past-go = Show
past-at = Date-time group or time
past-open = Replay
past-lists = The record at that time
past-alarms = Alarms that stood then
past-no-alarms = No alarm stood then.
past-more = There are more; the first of them are shown.
past-bars = Windows of notices
past-bars-more = { $count } more windows are not drawn
past-choose = Choose a notice of that time from the list or the map.
past-lines = Lines then
past-known = as known at
past-state = State then
# What was in force
force-title = What was in force here, then?
force-place = Place
force-time = Time
force-ask = Ask the record
force-then = As known then
force-now = As known now
force-none = None was known. No notice is no assurance that nobody was there.
force-only-then = since then withdrawn, amended or refused as of that time
force-only-now = known only later
force-more = There are more than one answer holds.
force-height = On the ground alone: compare the height bands yourself.
# Searching
search = Search
search-what = Place, position or notice
search-none = Nothing is found. Places are those of the map of the program, and the agreed points.
search-position = Position
search-point = agreed point
search-place = place
# The foot of the map
cursor = Under the pointer
tapped = Tapped
tapped-none = Tap the map for its position.
tapped-force = In force here?
# Layers
layers = Layers
layers-kinds = Kinds of notice
layers-owners = Owners
layers-expired = Notices that are over
layers-hidden = Hidden on the map:
layers-kinds-hidden = kinds: { $count }
layers-all = Show everything
layers-stop = Stop calls are always shown.
basemap = Map below
basemap-own = Of the program
basemap-gone = Not in the node's folder any more; the map of the program is shown:
basemap-refused = Files that cannot be shown as a map. Tell whoever keeps the node:
keys = Keys
keys-on = Single keys work: L live, T time, / search
map-stale = STALE: how it was at
plan = our plan, as it is
plan-as-sent = as they would receive it
