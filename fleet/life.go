package fleet

import (
	"math"
	"math/rand/v2"
	"time"

	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// life is what a viewer does while watching: the scenario's steps at times drawn
// for this viewer, and what a page that is paused, hidden, zapped or asleep keeps
// of what was going on. A viewer asleep does what fell due on waking up.
type life struct {
	v      *viewer
	rng    *rand.Rand
	api    *pageAPI
	flying []*fetch // on the wire

	channel channel // watched now, or waited for
	waiting bool    // preload or click: nobody has pressed play yet
	pressed bool    // … on a page whose player is not there yet
	asleep  bool
	away    bool     // between leave and coming back
	session int      // page loads and zaps so far
	watched bool     // saw a first picture in this visit
	moves   int      // addresses so far
	due     []func() // while asleep
	wishes  []func() // until there is a player
	account qoe.Leave
}

// live begins the viewer's life, if there is one.
func (v *viewer) live() {
	c, now := v.cohort, v.clock.Now()
	if c.Life == nil && c.Clock == nil && (c.Start == "" || c.Start == scenarios.Autoplay) {
		return
	}
	rng := v.rng(lifeStream)
	phase := time.Duration(rng.Int64N(int64(deepTick)))
	var step time.Duration
	if c.Clock != nil && c.Clock.Step != nil {
		step = c.Clock.Step.At.Draw(rng)
	}
	v.calendar = newCalendar(c.Clock, now, step)
	if c.Life == nil && (c.Start == "" || c.Start == scenarios.Autoplay) {
		return
	}
	l := &life{v: v, rng: rng, channel: channelOf(v.scenario, c)}
	l.api = &pageAPI{life: l}
	l.waiting = c.Start == scenarios.Preload || c.Start == scenarios.Click
	v.life = l
	for i := range c.Life {
		step := &c.Life[i]
		if (step.Do == scenarios.Background || step.Do == scenarios.Sleep) && v.tab == nil {
			v.tab = &tab{clock: v.clock, heard: l.heard, phase: phase}
		}
		l.plan(step)
	}
}

// plan draws a step's times and arms it.
func (l *life) plan(step *scenarios.Step) {
	at, last := step.At.Draw(l.rng), step.For.Draw(l.rng)
	amount := time.Duration(0)
	if step.To != nil {
		amount = step.To.Amount.Draw(l.rng)
	}
	l.v.clock.After(at, func() { l.do(func() { l.step(step, last, amount) }) })
}

// do does something now, or when the laptop is open again. Who has left the page
// does nothing there.
func (l *life) do(what func()) {
	switch {
	case l.v.left || l.away:
	case l.asleep:
		l.due = append(l.due, what)
	default:
		what()
	}
}

// after does something a while after the present step.
func (l *life) after(d time.Duration, what func()) {
	if d > 0 {
		l.v.clock.After(d, func() { l.do(what) })
	}
}

func (l *life) step(step *scenarios.Step, last, amount time.Duration) {
	v := l.v
	switch step.Do {
	case scenarios.Pause:
		l.wish(func() { v.player.Pause() })
		l.after(last, l.pressPlay)
	case scenarios.Play:
		l.pressPlay()
	case scenarios.Seek:
		l.wish(func() { v.player.Seek(targetOf(step.To, amount)) })
	case scenarios.Choose:
		l.wish(func() { v.player.Choose(qualityOf(step)) })
		l.after(last, func() { l.wish(func() { v.player.Choose(player.Quality{}) }) })
	case scenarios.Background:
		v.tab.hide(step.Muted)
		l.after(last, v.tab.show)
	case scenarios.Foreground:
		if v.tab != nil {
			v.tab.show()
		}
	case scenarios.Sleep:
		l.sleep(last)
	case scenarios.Zap:
		was := l.channel
		to := was.zapTo(v.scenario, step)
		l.wish(func() { l.zap(to) })
		l.after(last, func() { l.wish(func() { l.zap(was) }) })
	case scenarios.Move:
		l.moves++
		l.move(l.moves)
		l.after(last, func() { l.move(0) })
	case scenarios.Leave:
		l.leave(last)
	}
}

func targetOf(p *scenarios.Place, amount time.Duration) player.Target {
	if p.Back {
		amount = -amount
	}
	return player.Target{Origin: p.Origin, Offset: amount}
}

func qualityOf(s *scenarios.Step) player.Quality {
	q := player.Quality{Manual: !s.Auto, Bitrate: s.Bitrate, Switch: player.Switch(s.Switch)}
	if s.Level != nil {
		q.Index = *s.Level
	}
	return q
}

// wish is something that needs the player: done now, or once it is there.
func (l *life) wish(what func()) {
	if l.v.player == nil {
		l.wishes = append(l.wishes, what)
		return
	}
	what()
}

// heard tells whether the page makes a sound.
func (l *life) heard() bool {
	return l.v.player != nil && l.v.player.Phase() == player.Playing
}

// loaded is told that the page has made its player.
func (l *life) loaded() {
	v := l.v
	switch {
	case !l.waiting:
		v.player.Start(v.wished)
	case v.cohort.Start == scenarios.Preload:
		v.player.Pause()
		v.player.Start(v.wished)
	case l.pressed:
		l.start()
	}
	wishes := l.wishes
	l.wishes = nil
	for _, what := range wishes { // one of them may be to zap
		l.wish(what)
	}
}

// pressPlay is the play button: on a page that waits for it, it begins the session.
func (l *life) pressPlay() {
	v := l.v
	switch {
	case !l.waiting:
		l.wish(func() { v.player.Play() })
	case v.cohort.Start == scenarios.Preload:
		l.waiting = false
		l.wish(func() { v.player.Play() })
	case v.player == nil:
		if !l.pressed {
			l.pressed, v.wished = true, v.clock.Now()
		}
	default:
		l.start()
	}
}

// start lets a player load and play for which play was pressed.
func (l *life) start() {
	v := l.v
	l.waiting, l.pressed = false, false
	if v.wished.IsZero() {
		v.wished = v.clock.Now()
	}
	v.player.Start(v.wished)
}

// leave closes the page; after a while, if that is given, the viewer comes back.
func (l *life) leave(away time.Duration) {
	v := l.v
	if away == 0 {
		v.leave()
		return
	}
	l.away = true
	l.session++
	v.close()
	v.player, v.refresher, v.wished = nil, nil, time.Time{}
	if v.tab != nil {
		v.tab.show()
	}
	v.clock.After(away, func() {
		if v.left {
			return
		}
		l.away, l.watched, l.wishes = false, false, nil
		l.waiting = v.cohort.Start == scenarios.Preload || v.cohort.Start == scenarios.Click
		l.channel = channelOf(v.scenario, v.cohort)
		v.open(l.channel)
	})
}

// lived is a sample of the player as it counts for the viewer: one account however
// many players there were. Nil: not to be told.
func (l *life) lived(s qoe.Sample) qoe.Sample {
	switch s := s.(type) {
	case qoe.Startup:
		s.Zap = l.watched
		l.watched = true
		return s
	case qoe.Leave:
		l.account = together(l.account, s)
		if !l.v.left {
			return nil
		}
		return l.account
	}
	return s
}

// together is the account of two sessions.
func together(a, b qoe.Leave) qoe.Leave {
	sum := qoe.Leave{
		At: b.At, Watched: a.Watched + b.Watched, Played: a.Played + b.Played, BitTime: a.BitTime + b.BitTime,
		Buffered: b.Buffered,
		Starting: a.Starting + b.Starting, Playing: a.Playing + b.Playing, Seeking: a.Seeking + b.Seeking,
		Paused: a.Paused + b.Paused, Asleep: a.Asleep + b.Asleep, Ended: a.Ended + b.Ended,
		SoundOnly: a.SoundOnly + b.SoundOnly,
	}
	// Latencies are means over the time that live media was shown. 0 is VOD.
	weight := func(l qoe.Leave) float64 {
		if l.Latency == 0 {
			return 0
		}
		return l.Playing.Seconds()
	}
	if wa, wb := weight(a), weight(b); wa+wb > 0 {
		sum.Latency = time.Duration(math.Round((float64(a.Latency)*wa + float64(b.Latency)*wb) / (wa + wb)))
	}
	return sum
}
