package player

// Pause freezes the picture. Loading goes on until the buffer is full.
func (g *generic) Pause() {
	switch {
	case g.el == nil:
		g.paused = true
	case !g.stopped:
		g.el.pause()
	}
}

// Play lets the picture move.
func (g *generic) Play() {
	switch {
	case g.el == nil:
		g.paused = false
	case g.stopped:
	case g.el.status == finished:
		g.Seek(Target{Origin: FromStart})
	default:
		g.el.play()
		g.poke()
	}
}

// Seek goes where the viewer wants, but in a live event no nearer to the edge than
// playback would begin. What is buffered there is kept.
func (g *generic) Seek(to Target) {
	switch {
	case g.el == nil || g.stopped:
		return
	case !g.begun:
		g.wish = &to
		return
	}
	start, end := g.feed.seekable()
	s := seekable{start: start, end: end, live: end}
	if g.feed.live() {
		s.live = g.feed.begin()
		s.end = s.live
	}
	at := s.resolve(to, g.el.position())
	g.el.endOfStream(false)
	g.el.jump(at)
	for _, t := range g.tracks {
		t.moveTo(at)
	}
	g.poke()
}

// Choose sets the video's quality by hand; without a choice throughput decides.
func (g *generic) Choose(q Quality) {
	switch {
	case g.el == nil || g.stopped:
		return
	case !g.begun:
		g.quality = &q
		return
	}
	g.tracks[0].choice(q)
	g.poke()
}

// choice takes the viewer's: at once, from a segment and a half ahead, or when the
// buffer has been shown.
func (t *genericTrack) choice(q Quality) {
	t.manual = -1
	if !q.Manual {
		return
	}
	rates := t.ladder()
	t.manual = q.of(len(rates), func(i int) int64 { return rates[i] })
	pos := t.g.el.position()
	from := pos + (t.piece.end-t.piece.start)*3/2
	switch {
	case q.Switch == SwitchLoad || t.manual == t.rung && q.Switch != SwitchNow:
		return
	case q.Switch == SwitchNow:
		from = pos
	}
	if end := t.g.el.buffers[t.media].end(); from < end {
		t.abort()
		t.g.el.endOfStream(false)
		t.g.el.remove(t.media, from, end)
		t.next, t.over, t.fails = from, false, trouble{}
	}
}

// wishes is what the viewer wanted before it was possible.
func (g *generic) wishes() {
	if q := g.quality; q != nil {
		g.quality = nil
		g.Choose(*q)
	}
	if to := g.wish; to != nil {
		g.wish = nil
		g.Seek(*to)
	}
}

// Suspend and Wake stop and go on with the picture.
func (g *generic) Suspend() {
	if g.el != nil {
		g.el.suspend()
	}
}

// Wake goes on.
func (g *generic) Wake() {
	if g.el != nil {
		g.el.wake()
		g.poke()
	}
}
