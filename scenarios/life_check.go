package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/lab"
	"soak/player"
)

const (
	maxSteps = 200
	maxSkew  = 20 * 365 * 24 * time.Hour
	maxDrift = 10_000 // seconds per million: 36 s an hour
)

// doings are what a step can do, in the order of the manual, and the keys that it
// takes beside at and do.
var doings = []struct {
	do   string
	keys []string
}{
	{Pause, []string{"for"}},
	{Play, nil},
	{Seek, []string{"to"}},
	{Choose, []string{"for", "bitrate", "level", "auto", "switch"}},
	{Background, []string{"for", "muted"}},
	{Foreground, nil},
	{Sleep, []string{"for"}},
	{Zap, []string{"for", "stream", "video"}},
	{Move, []string{"for"}},
	{Leave, []string{"for"}},
}

// checkLife looks at what a cohort does.
func (s *Scenario) checkLife(f *faults, key string, c *Cohort) {
	if c.Start != "" {
		oneOf(f, key+".start", c.Start, Autoplay, Preload, Click)
	}
	waits := c.Start == Preload || c.Start == Click
	if waits && !slices.ContainsFunc(c.Life, func(s Step) bool { return s.Do == Play }) {
		f.add(key+".start", "add a step that presses play: life: [{at: 10s, do: play}]", "%s waits for play, and nobody presses it", c.Start)
	}
	if len(c.Life) > maxSteps {
		f.add(key+".life", "", "has %d steps, at most %d are lived", len(c.Life), maxSteps)
		return
	}
	for i := range c.Life {
		s.checkStep(f, fmt.Sprintf("%s.life[%d]", key, i), &c.Life[i])
	}
	c.Clock.check(f, key+".clock")
}

func (s *Scenario) checkStep(f *faults, key string, step *Step) {
	var names, keys []string
	known := false
	for _, d := range doings {
		names = append(names, d.do)
		if d.do == step.Do {
			known, keys = true, d.keys
		}
	}
	if !known {
		f.add(key+".do", didYouMean(step.Do, names), "%.60q is nothing a viewer does", step.Do)
		return
	}
	for _, k := range step.set() {
		if !slices.Contains(keys, k) {
			f.add(key+"."+k, takes(step.Do, keys), "means nothing to %s", step.Do)
		}
	}
	if step.At.Least() >= s.Duration {
		f.add(key+".at", "", "%s: the run ends after %s, before anybody does it", step.At, short(s.Duration))
	}
	s.checkParameters(f, key, step)
}

// takes is the hint of a key that a step does not have.
func takes(do string, keys []string) string {
	if len(keys) == 0 {
		return do + " takes at only"
	}
	return do + " takes at, " + strings.Join(keys, ", ")
}

// set lists the parameters that were given.
func (s *Step) set() (keys []string) {
	for _, k := range []struct {
		name  string
		given bool
	}{
		{"for", !s.For.IsZero()}, {"to", s.To != nil}, {"bitrate", s.Bitrate != 0}, {"level", s.Level != nil},
		{"auto", s.Auto}, {"switch", s.Switch != ""}, {"muted", s.Muted}, {"stream", s.Stream != ""}, {"video", s.Video != ""},
	} {
		if k.given {
			keys = append(keys, k.name)
		}
	}
	return keys
}

func (s *Scenario) checkParameters(f *faults, key string, step *Step) {
	switch step.Do {
	case Seek:
		if step.To == nil {
			f.add(key+".to", "write -120s (back from here), 90s (from the beginning) or live", "is missing")
		}
	case Choose:
		step.checkChoice(f, key)
	case Sleep:
		if step.For.IsZero() {
			f.add(key+".for", "write how long the laptop is closed: for: 10m", "is missing: nobody would open it again")
		}
	case Zap:
		s.checkZap(f, key, step)
	case Move:
		if !s.Target.onLoopback() {
			f.add(key+".do", "move in the embedded lab, or before a server on 127.0.0.1", "addresses of this machine cannot be changed for a target out there")
		}
	}
}

func (s *Step) checkChoice(f *faults, key string) {
	ways := 0
	for _, given := range []bool{s.Bitrate != 0, s.Level != nil, s.Auto} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		f.add(key, "write one of bitrate: 400000, level: 0, auto: true", "chooses %d qualities", ways)
	case s.Bitrate < 0:
		f.add(key+".bitrate", "", "%d: must be above 0", s.Bitrate)
	case s.Level != nil && *s.Level < 0:
		f.add(key+".level", "auto: true leaves it to the player again", "%d: must not be negative", *s.Level)
	}
	if s.Switch != "" {
		oneOf(f, key+".switch", s.Switch, string(player.SwitchNext), string(player.SwitchNow), string(player.SwitchLoad))
	}
}

func (s *Scenario) checkZap(f *faults, key string, step *Step) {
	if step.Stream != "" {
		oneOf(f, key+".stream", step.Stream, Live, VOD)
	}
	switch {
	case step.Stream == "" && step.Video == "":
		f.add(key+".stream", "write stream: vod, or video with a name", "is missing: nothing says what to zap to")
	case s.Target.URL != "":
		f.add(key+".do", "leave target.url out, so that the token API tells where each stream is", "one URL is the target; there is nothing to zap to")
	case s.Target.Embedded() && step.Video != "":
		var cfg lab.Config
		if s.Target.Lab != nil {
			cfg = *s.Target.Lab
		}
		cfg = cfg.Filled()
		oneOf(f, key+".video", step.Video, append(slices.Clone(cfg.Live), cfg.VOD...)...)
	}
}

func (c *Clock) check(f *faults, key string) {
	if c == nil {
		return
	}
	if c.Skew.Abs() > maxSkew {
		f.add(key+".skew", "", "%s: at most %s either way", c.Skew, short(maxSkew))
	}
	if !(c.Drift >= -maxDrift && c.Drift <= maxDrift) {
		f.add(key+".drift", "write seconds per million: 50 is 4.3 s a day", "%v: at most %d either way", c.Drift, maxDrift)
	}
	if c.Step != nil && (c.Step.By == 0 || c.Step.By.Abs() > maxSkew) {
		f.add(key+".step.by", "write how far the clock is set: by: -30s", "%s: must not be 0s, and at most %s either way", c.Step.By, short(maxSkew))
	}
}
