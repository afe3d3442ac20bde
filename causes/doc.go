// Package causes tells what viewers' stalls, skips, deaths and late starts are due
// to: token, network, origin, the player itself, or a generator too slow to be
// believed.
//
// An [Account] is what one viewer suffered. There are two ways to explain it.
//
// # By comparison
//
// A [Comparison] is exact, and possible in virtual time, where the same viewer can be
// sent through other worlds. Each takes one thing more away:
//
//	real     as the scenario says
//	open     edges take every token, and nobody rewrites a URL
//	healthy  open, and neither edges nor origin do anything wrong
//	ideal    healthy, over a link without delay, loss or limit
//
// All four draw from the same seed, so a viewer's life is the same in all of them up
// to the instant at which what was taken away first makes a difference. What is
// suffered in the real world and not in the open one is due to tokens; of the rest,
// what is not suffered in the healthy one to the origin; of the rest, what is not
// suffered in the ideal one to the network; what is left, the player does to
// itself, or its viewer does: laptops that sleep, hidden tabs, wrong clocks.
//
// After the instant at which two worlds part, their troubles no longer begin and end
// together, though they may have one cause. So the difference is one of amounts: a
// second without a picture in one world is excused by a second without a picture
// in the other, first by one at the same time, then by one at most [Near] away,
// and each second excuses one.
//
//	real  ───▒▒▒▒▒▒▒▒───────▒▒▒▒────    8 s and 4 s without a picture
//	open  ───────────────────▒▒▒▒───    4 s: the first 8 s are due to tokens
//
// Media time skipped is excused by media time skipped near by in the same way; and
// a death by a death in the other world, at any time before and up to Near after.
// The wait for a first token is seconds due to tokens, whatever comes of it; so is
// the death of a page that gets none. What most of a stall, a skip or a late start
// is due to counts it.
//
// # By rules
//
// [Account.Judge] knows a viewer's own samples only, and can be wrong. It is what
// there is in real time. Its rules, the first that applies:
//
//   - a timer that ran over [TooLate] late within 2 s before: generator
//   - a stall after a death: as the death
//   - a skip within 10 s of a laptop's waking up: player; within a second of a stall:
//     as the stall
//   - requests that fail, with no good segment of that kind of media since: token if
//     refused (401, 403, 410) or broken off as their token expired; origin for other
//     statuses, bodies that are not what was asked for, connections refused, and
//     silence while a request made later was answered; network for other failures
//   - a request on its way for over a second: origin if the server kept it and
//     answered a later one meanwhile, else network
//   - failures that ended within 10 s, for skips 60 s, before: as above
//   - a death for a key that came and did no good, or for a first token: token
//   - else: player; for a late start: network
package causes
