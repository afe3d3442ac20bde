package qoe

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// recorder is a flight recorder: it remembers the latest entries, and keeps those
// around the worst that happened so far.
//
//	      trouble                          the ring, kept
//	         ▼                        ╭───────────┴───────────╮
//	···········×·×··×·············    ···········×·×··×········
//	                                  ╰ run-up ─╯╰ aftermath ─╯
//
// It has no pointers but that to what it kept, so that the memory of twenty thousand of
// them costs the garbage collector nothing.
type recorder struct {
	start time.Time
	ring  [ringSize]entry
	n     int64 // entries written to the ring
	late  int64 // entries written to what was kept
	score int64 // trouble in the ring
	due   int   // entries until the ring is kept; 0: it is not going to be
	kept  *window
}

// window is a part of a visit, in the order in which it was written.
type window struct {
	entries []entry
	score   int64
}

// An entry has 56 bytes, so a ring has 4 kB.
const (
	ringSize  = 72
	aftermath = 40 // entries after the first trouble
	nameSize  = 24
	lateMarks = 16 // entries that may be added to what is kept
)

type entry struct {
	at, took, first  int32 // ms
	margin, buffer   int32 // ms; kbit/s of a switch
	size             uint32
	status           uint16
	what             uint8 // kinds of requests first, then marks
	media, reason    uint8 // of the media and the failure
	attempt, nameLen uint8
	signed           bool // carried a token, or brought one
	name             [nameSize]byte
}

// What an entry is of, beside the kinds of requests.
const (
	refreshMark = uint8(NumKinds) + iota
	startupMark
	stallMark
	skipMark
	seekMark
	switchMark
	fatalMark
)

const refreshed = "refresh"

var markNames = [...]string{refreshed, "startup", "stall", "skip", "seek", "switch", "fatal"}

func (e *entry) called(name string) {
	if len(name) > nameSize { // what tells objects apart stands at the end
		name = name[len(name)-nameSize:]
		for len(name) > 0 && !utf8.RuneStart(name[0]) {
			name = name[1:]
		}
	}
	e.nameLen = uint8(copy(e.name[:], name))
}

// trouble is how much an entry matters, in milliseconds of a viewer's time. What fails
// matters like a second, the end of playback like a minute.
func (e *entry) trouble() int64 {
	switch f := failures[e.reason]; {
	case e.what < uint8(NumKinds) && f != NoFailure && f != CancelFailure:
		return 1000
	case e.what == refreshMark && f != NoFailure && (f != CancelFailure || int64(e.took) > unanswered.Milliseconds()):
		return 1000
	case e.what == stallMark || e.what == skipMark:
		return int64(max(e.took, 1))
	case e.what == startupMark:
		return max(int64(e.took)-Patience.Milliseconds(), 0)
	case e.what == fatalMark:
		return 60_000
	}
	return 0
}

func (r *recorder) since(at time.Time) int32 { return millis(at.Sub(r.start)) }

func (r *recorder) fetched(f *Fetch) {
	if r == nil {
		return
	}
	e := entry{
		at: r.since(f.Start), took: millis(f.Took), first: millis(f.TTFB), margin: millis(f.Margin), buffer: -1,
		size: uint32(min(max(f.Bytes, 0), 1<<32-1)), status: uint16(f.Status), what: uint8(f.Kind), media: uint8(f.Media),
		reason: uint8(f.Failure.index()), attempt: uint8(min(f.Attempt, 255)), signed: f.Signed,
	}
	if f.Buffer >= 0 {
		e.buffer = millis(f.Buffer)
	}
	e.called(f.Object)
	r.write(&e)
}

// sample takes what is no request.
func (r *recorder) sample(sample Sample) {
	if r == nil {
		return
	}
	var e entry
	switch s := sample.(type) {
	case Fetch:
		r.fetched(&s)
		return
	case Refresh:
		e = entry{
			at: r.since(s.Start), took: millis(s.Took), margin: millis(s.Life), status: uint16(s.Status), what: refreshMark,
			reason: uint8(s.Failure.index()), attempt: uint8(min(s.Call, 255)), signed: s.Installed,
		}
		e.called(s.Reason.String())
	case Startup:
		e = entry{at: r.since(s.At), took: millis(s.Took), what: startupMark}
	case Stall:
		e = entry{at: r.since(s.At), took: millis(s.Took), what: stallMark}
	case Skip:
		e = entry{at: r.since(s.At), took: millis(s.Amount), what: skipMark}
		e.called(s.Why)
	case Seek:
		e = entry{at: r.since(s.At), took: millis(s.Took), margin: millis(s.By), what: seekMark}
	case Switch:
		e = entry{at: r.since(s.At), what: switchMark, media: uint8(s.Media), first: kilo(s.From), margin: kilo(s.To)}
	case Fatal:
		e = entry{at: r.since(s.At), what: fatalMark}
		e.called(s.Why[:min(len(s.Why), nameSize)])
	default:
		return
	}
	r.write(&e)
}

func kilo(bitRate int64) int32 { return int32(min(max(bitRate/1000, 0), 1<<31-1)) }

// write adds an entry. Trouble lets the ring be kept when it has a run-up and an
// aftermath, unless what is kept already is half as bad or more: how trouble began says
// most.
func (r *recorder) write(e *entry) {
	if r.belongs(e) {
		return
	}
	slot := &r.ring[r.n%ringSize]
	if r.n >= ringSize {
		r.score -= slot.trouble()
	}
	*slot = *e
	r.n++
	r.score += e.trouble()
	switch {
	case r.due > 1:
		r.due--
	case r.due == 1:
		r.keep()
	case e.trouble() > 0 && r.worse():
		r.due = aftermath
	}
}

// belongs adds a stall or a skip that began in what is kept to that: players tell of a
// stall as it ends.
func (r *recorder) belongs(e *entry) bool {
	if r.kept == nil || e.what != stallMark && e.what != skipMark || len(r.kept.entries) == cap(r.kept.entries) {
		return false
	}
	first, last := r.kept.entries[0].at, r.kept.entries[0].at
	for i := range r.kept.entries {
		at := r.kept.entries[i].at
		first, last = min(first, at), max(last, at)
	}
	if e.at < first || e.at > last {
		return false
	}
	r.kept.entries = append(r.kept.entries, *e)
	r.kept.score += e.trouble()
	r.late++
	return true
}

func (r *recorder) worse() bool { return r.kept == nil || r.score > 2*r.kept.score }

// keep copies the ring, if it has become the worst.
func (r *recorder) keep() {
	r.due = 0
	if !r.worse() {
		return
	}
	if r.kept == nil {
		r.kept = &window{entries: make([]entry, 0, ringSize+lateMarks)}
	}
	r.kept.entries, r.kept.score = r.latest(r.kept.entries[:0]), r.score
}

// latest appends the ring's entries.
func (r *recorder) latest(to []entry) []entry {
	for i := max(r.n-ringSize, 0); i < r.n; i++ {
		to = append(to, r.ring[i%ringSize])
	}
	return to
}

// seal is the diary; nil when none was kept.
func (r *recorder) seal() *Diary {
	if r == nil {
		return nil
	}
	if r.due > 0 {
		r.keep()
	}
	var all []entry
	if r.kept != nil {
		all = r.kept.entries
	} else {
		all = r.latest(nil)
	}
	d := &Diary{Written: r.n + r.late, Entries: make([]Entry, len(all))}
	for i := range all {
		d.Entries[i] = all[i].told()
	}
	slices.SortStableFunc(d.Entries, func(a, b Entry) int { return int(a.At - b.At) })
	return d
}

// told is the entry as it is read.
func (e *entry) told() Entry {
	out := Entry{At: int64(e.at), Took: int64(e.took), Name: strings.ToValidUTF8(string(e.name[:e.nameLen]), ""), Media: Media(e.media)}
	if e.what >= uint8(NumKinds) {
		out.What = markNames[e.what-uint8(NumKinds)]
	} else {
		out.What = kindNames[e.what]
	}
	switch e.what {
	case switchMark:
		out.From, out.To = int64(e.first), int64(e.margin)
		return out
	case stallMark, skipMark, startupMark, fatalMark:
		return out
	}
	out.Margin, out.Buffer, out.First, out.Signed = int64(e.margin), int64(e.buffer), int64(e.first), e.signed
	out.Status, out.Failure, out.Attempt, out.Bytes = int(e.status), failures[e.reason], int(e.attempt), int64(e.size)
	return out
}
