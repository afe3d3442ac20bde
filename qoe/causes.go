package qoe

import (
	"fmt"
	"time"
)

// Cause is what a viewer's trouble is due to.
type Cause uint8

// The causes.
const (
	ByToken     Cause = iota // waiting for a token, or requests refused or spoilt for theirs
	ByNetwork                // the access link
	ByOrigin                 // what edges and origin answered, or did not, whatever the token
	ByPlayer                 // the player's own ways and its viewer's: laptops that sleep, clocks that are wrong
	ByGenerator              // the machine that plays all viewers was too slow
	NumCauses
)

var causeNames = [NumCauses]string{"token", "network", "origin", "player", "generator"}

// String is the cause in one lower-case word.
func (c Cause) String() string { return nameOf(causeNames[:], uint8(c)) }

// Causes tells what the troubles of a group of viewers are due to. The zero Causes
// is that of a group of whom nobody asked.
type Causes struct {
	// Judged is how many viewers' troubles were told apart, those who had none
	// included; Compared is how many of them exactly, by other runs of the same seed.
	// The others were judged by rules, from their samples.
	Judged    int64 `json:"judged"`
	Compared  int64 `json:"compared,omitempty"`
	Token     Blame `json:"token,omitzero"`
	Network   Blame `json:"network,omitzero"`
	Origin    Blame `json:"origin,omitzero"`
	Player    Blame `json:"player,omitzero"`
	Generator Blame `json:"generator,omitzero"`
}

// Blame is the trouble that is due to one cause. A stall, a skip or a late start
// counts for the cause that most of it is due to; its time is divided among all.
type Blame struct {
	Viewers    int64 `json:"viewers,omitempty"` // who noticed something that is mostly due to it
	Stalls     int64 `json:"stalls,omitempty"`
	Stalled    int64 `json:"stalledMicros,omitempty"`
	Skips      int64 `json:"skips,omitempty"`
	Skipped    int64 `json:"skippedMicros,omitempty"` // media time
	Deaths     int64 `json:"deaths,omitempty"`
	LateStarts int64 `json:"lateStarts,omitempty"` // over Patience from a wish (to play, of another stream, a jump) to the picture, or in vain
	Waited     int64 `json:"waitedMicros,omitempty"`
}

// Of is the blame of one cause.
func (c *Causes) Of(cause Cause) *Blame {
	return [NumCauses]*Blame{&c.Token, &c.Network, &c.Origin, &c.Player, &c.Generator}[cause]
}

// Merge adds all that o knows.
func (c *Causes) Merge(o *Causes) {
	c.Judged += o.Judged
	c.Compared += o.Compared
	for cause := range NumCauses {
		c.Of(cause).merge(o.Of(cause))
	}
}

func (b *Blame) merge(o *Blame) {
	b.Viewers += o.Viewers
	b.Stalls += o.Stalls
	b.Stalled += o.Stalled
	b.Skips += o.Skips
	b.Skipped += o.Skipped
	b.Deaths += o.Deaths
	b.LateStarts += o.LateStarts
	b.Waited += o.Waited
}

// IsZero tells whether nothing is due to the cause.
func (b Blame) IsZero() bool { return b == Blame{} }

// Blame adds what the viewer's troubles are due to.
func (v *Viewer) Blame(c Causes) {
	v.shard.mu.Lock()
	defer v.shard.mu.Unlock()
	v.tally.Causes.Merge(&c)
}

// causeMetrics are absent where causes were not judged.
func causeMetrics() []metric {
	var all []metric
	for cause := range NumCauses {
		figure := func(name, help string, of func(*Blame) float64) {
			all = append(all, metric{Name: Name{Name: fmt.Sprintf(name, cause), Help: fmt.Sprintf(help, cause)}, of: func(t *Tally) (float64, bool) {
				return of(t.Causes.Of(cause)), t.Causes.Judged > 0
			}})
		}
		figure("noticed_by_%s_viewers", "viewers who noticed something that is due to %s; causes are listed in docs/causes.md",
			func(b *Blame) float64 { return float64(b.Viewers) })
		figure("%s_stall_seconds", "stall_seconds due to %s", func(b *Blame) float64 { return micros(b.Stalled) })
		figure("%s_skipped_seconds", "skipped_seconds due to %s", func(b *Blame) float64 { return micros(b.Skipped) })
		figure("%s_deaths", "ends of playback due to %s", func(b *Blame) float64 { return float64(b.Deaths) })
		figure("%s_late_starts", "waits of over 2 s for a picture wished for, or in vain, due to %s",
			func(b *Blame) float64 { return float64(b.LateStarts) })
	}
	return all
}

func micros(n int64) float64 { return (time.Duration(n) * time.Microsecond).Seconds() }
