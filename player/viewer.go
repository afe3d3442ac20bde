package player

import (
	"fmt"
	"time"
)

// Viewer is what a person does to a player. Before Start and after Stop none of it
// does anything, but for Pause: a player paused before Start loads and does not
// play, as a page without autoplay.
type Viewer interface {
	// Pause freezes the picture. Loading goes on as the original's does.
	Pause()
	// Play lets it move again; at the end it plays from the beginning.
	Play()
	// Seek is a jump by the viewer: emitted as [qoe.Seek] when the picture is there.
	Seek(to Target)
	// Choose sets the video's quality by hand.
	Choose(q Quality)
	// Suspend and Wake are the closing and opening of the laptop, as far as the
	// media element goes: the picture stops. That timers stand still and that what
	// was in flight is lost is the World's part.
	Suspend()
	Wake()
}

// Origin is what a jump is measured from.
type Origin string

// Where jumps are measured from.
const (
	FromHere  Origin = "here"  // the playhead
	FromStart Origin = "start" // the beginning, or that of the DVR window
	FromLive  Origin = "live"  // where the player would begin a live stream now
)

// Target is where a jump goes: Offset after Origin, negative before it. A target
// outside of what can be seen is moved to its border, as browsers and players do.
type Target struct {
	Origin Origin
	Offset time.Duration
}

// Switch is how soon a quality chosen by hand is seen.
type Switch string

// How a quality chosen by hand comes into effect.
const (
	// SwitchNext keeps what will be seen meanwhile: hls.nextLevel; dash.js'
	// setRepresentationForTypeById and ByIndex.
	SwitchNext Switch = "next"
	// SwitchNow empties the buffer: hls.currentLevel; dash.js with forceReplace.
	SwitchNow Switch = "now"
	// SwitchLoad only changes what is loaded from now on: hls.loadLevel; dash.js
	// without fast switching.
	SwitchLoad Switch = "load"
)

// Quality is a choice by hand. The zero value leaves it to the player again.
type Quality struct {
	Manual bool
	// Bitrate, when positive, chooses the best quality that does not need more, or
	// the lowest. Otherwise Index counts from the lowest, the highest if there are
	// not so many.
	Bitrate int64 // bits per second
	Index   int
	Switch  Switch // "" is next
}

// of is the index chosen of n qualities in ascending order of bit rate.
func (q Quality) of(n int, bitrate func(int) int64) int {
	if q.Bitrate <= 0 {
		return min(max(q.Index, 0), n-1)
	}
	best := 0
	for i := range n {
		if b := bitrate(i); b <= q.Bitrate && b >= bitrate(best) {
			best = i
		}
	}
	return best
}

// seekable is what can be jumped to: [start, end], and where live playback would
// begin now.
type seekable struct{ start, end, live time.Duration }

// resolve is the presentation time a jump from pos goes to.
func (s seekable) resolve(t Target, pos time.Duration) time.Duration {
	from := pos
	switch t.Origin {
	case FromStart:
		from = s.start
	case FromLive:
		from = s.live
	}
	return min(max(from+t.Offset, s.start), s.end)
}

// String is "30s after the beginning" and the like, for logs.
func (t Target) String() string {
	return fmt.Sprintf("%v from %s", t.Offset, t.Origin)
}
