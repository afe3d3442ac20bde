package qoe

import (
	"cmp"
	"slices"
	"time"
)

// How many diaries a [Summary] has, of the viewers who lost most and of those who lost
// nothing.
const (
	MaxDiaries  = 12
	MaxOrdinary = 6
)

// Diary is what a viewer did in a part of the visit: around the worst of it, or last.
type Diary struct {
	Written int64   `json:"written"` // entries in all; those not here were before, or after
	Entries []Entry `json:"entries"` // by their time
}

// Entry is one line of a diary. Times are milliseconds.
type Entry struct {
	At   int64 `json:"at"` // since the start of the run
	Took int64 `json:"took,omitempty"`
	// What is the kind of a request, "refresh" for a call of the token API, or what
	// happened: startup, stall, skip, seek, switch, fatal.
	What    string  `json:"what"`
	Media   Media   `json:"media,omitzero"`
	Name    string  `json:"name,omitempty"` // object, its end at least; reason of a refresh; why of a skip or a death
	First   int64   `json:"first,omitempty"`
	Status  int     `json:"status,omitempty"`
	Failure Failure `json:"failure,omitempty"`
	Attempt int     `json:"attempt,omitempty"` // of a request; of a refresh, which call it was
	Bytes   int64   `json:"bytes,omitempty"`
	Signed  bool    `json:"signed,omitempty"` // carried a token; of a refresh: brought one that was taken
	// Margin is the life left in the token of a request, or in the one that a refresh
	// brought. Buffer was playable as the answer came; −1 where nobody knows.
	Margin int64 `json:"margin,omitempty"`
	Buffer int64 `json:"buffer,omitempty"`
	From   int64 `json:"from,omitempty"` // of a switch, kbit/s
	To     int64 `json:"to,omitempty"`
}

// Exchange tells whether the entry is of a request or of a call of the token API.
func (e *Entry) Exchange() bool {
	return e.What == refreshed || slices.Contains(kindNames[:], e.What)
}

// KeepDiary lets the viewer keep a diary from now on. It takes 4 kB, twice that once
// something went wrong.
func (v *Viewer) KeepDiary() {
	if !v.leech {
		v.diary = &recorder{start: v.shard.start}
	}
}

// KeepsDiary tells whether it does.
func (v *Viewer) KeepsDiary() bool { return v.diary != nil }

// Ordinary is a viewer who lost nothing.
type Ordinary struct {
	Viewer int    `json:"viewer"` // number in the run
	Cohort string `json:"cohort"`
	Diary  *Diary `json:"diary"`
}

// ordinary are the viewers whose shuffled numbers are least, which is a fair choice
// that does not depend on the order in which they leave.
type ordinary []Ordinary

func (o ordinary) wants(viewer int) bool {
	return len(o) < MaxOrdinary || Shuffled(viewer) < Shuffled(o[len(o)-1].Viewer)
}

func (o *ordinary) add(one Ordinary) {
	*o = append(*o, one)
	o.cut()
}

func (o *ordinary) cut() {
	slices.SortFunc(*o, func(a, b Ordinary) int {
		return cmp.Or(cmp.Compare(Shuffled(a.Viewer), Shuffled(b.Viewer)), cmp.Compare(a.Cohort, b.Cohort))
	})
	*o = (*o)[:min(len(*o), MaxOrdinary)]
}

// Shuffled is a viewer's number in an order that has to do with nothing: SplitMix64
// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
func Shuffled(viewer int) uint64 {
	z := (uint64(viewer) + 1) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// millis is a duration as entries keep it.
func millis(d time.Duration) int32 {
	return int32(min(max(d.Milliseconds(), -1<<31), 1<<31-1))
}
