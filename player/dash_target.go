package player

import "time"

// bufferTargets are the buffer levels aimed at (src/streaming/controllers/
// ScheduleController.js, getBufferTarget).
type bufferTargets struct {
	normal  time.Duration // below top quality
	top     time.Duration // at top quality
	topLong time.Duration // at top quality of long content
	long    time.Duration // content from this length on is long; live always is
}

// generic is the target of video, or of audio without video.
func (b bufferTargets) generic(topQuality bool, content time.Duration, live bool) time.Duration {
	switch {
	case !topQuality:
		return b.normal
	case live || content >= b.long:
		return b.topLong
	}
	return b.top
}

// audioTarget is the target of audio beside video: a second more than the video
// has, a segment at least.
func audioTarget(video, segment time.Duration) time.Duration {
	return max(video+time.Second, segment)
}

// untilBelow is how much must be played before another segment is due: none when
// level+segment is below target already. The segment does not count when the
// target is no longer than it (5.x; 0 for audio that follows video, and in 4.x).
func untilBelow(level, segment, target time.Duration) time.Duration {
	if target <= segment {
		segment = 0
	}
	if level+segment < target {
		return 0
	}
	return level + segment - target + 1 // strictly below
}

// roundUp is the first multiple of every that is no less than d.
func roundUp(d, every time.Duration) time.Duration { return (d + every - 1) / every * every }

// nextLook is the first of the looks at from+k·every, k ≥ 1, that is not before
// due: dash.js looks again every 500 ms, we set one timer for the look at which
// the answer changes.
func nextLook(from, due instant, every time.Duration) instant {
	if every <= 0 || !due.After(from) {
		return from.Add(every)
	}
	return from.Add(roundUp(due.Sub(from), every))
}
