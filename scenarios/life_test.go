package scenarios

import (
	"reflect"
	"testing"
	"time"

	"soak/lab"
	"soak/player"
)

func TestLifeIsRead(t *testing.T) {
	s, err := Parse("life.yaml", []byte(`
version: 1
duration: 30m
viewers:
  mix:
    - start: preload
      clock: {skew: -30s, drift: 50, step: {at: "uniform(1m, 2m)", by: 30s}}
      life:
        - {at: 20s, do: pause, for: 30s}
        - {at: "uniform(10s, 60s)", do: seek, to: -120s}
        - {do: quality, bitrate: 400_000, switch: now}
        - {at: 3m, do: zap, stream: vod}
        - {at: 4m, do: play}
`))
	if err != nil {
		t.Fatal(err)
	}
	c := s.Viewers.Mix[0]
	back := Place{Origin: player.FromHere, Back: true, Amount: lab.Fixed(2 * time.Minute)}
	want := []Step{
		{At: lab.Fixed(20 * time.Second), Do: Pause, For: lab.Fixed(30 * time.Second)},
		{At: lab.Uniform(10*time.Second, time.Minute), Do: Seek, To: &back},
		{Do: Choose, Bitrate: 400_000, Switch: "now"},
		{At: lab.Fixed(3 * time.Minute), Do: Zap, Stream: VOD},
		{At: lab.Fixed(4 * time.Minute), Do: Play},
	}
	if !reflect.DeepEqual(c.Life, want) {
		t.Errorf("life %+v; want %+v", c.Life, want)
	}
	clock := &Clock{Skew: -30 * time.Second, Drift: 50, Step: &ClockStep{At: lab.Uniform(time.Minute, 2*time.Minute), By: 30 * time.Second}}
	if !reflect.DeepEqual(c.Clock, clock) || c.Start != Preload {
		t.Errorf("clock %+v, start %q; want %+v and preload", c.Clock, c.Start, clock)
	}
	roundTrip(t, s)
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		why  string
		text string
		want Place
	}{
		{"back from here", "-120s", Place{player.FromHere, true, lab.Fixed(2 * time.Minute)}},
		{"on from here", "+30s", Place{player.FromHere, false, lab.Fixed(30 * time.Second)}},
		{"from the beginning", "90s", Place{player.FromStart, false, lab.Fixed(90 * time.Second)}},
		{"the beginning", "start", Place{Origin: player.FromStart}},
		{"the beginning, by its name", "start+10s", Place{player.FromStart, false, lab.Fixed(10 * time.Second)}},
		{"where live begins", "live", Place{Origin: player.FromLive}},
		{"behind it, blanks do not matter", "live - 1m", Place{player.FromLive, true, lab.Fixed(time.Minute)}},
		{"a distribution", "-uniform(10s, 20s)", Place{player.FromHere, true, lab.Uniform(10*time.Second, 20*time.Second)}},
		{"anywhere", "uniform(0s, 5m)", Place{player.FromStart, false, lab.Uniform(0, 5*time.Minute)}},
		{"nowhere", "+0s", Place{Origin: player.FromHere}},
	} {
		var got Place
		if err := got.UnmarshalText([]byte(c.text)); err != nil || got != c.want {
			t.Errorf("%s: %q reads as %+v, %v; want %+v", c.why, c.text, got, err, c.want)
		}
		text, _ := got.MarshalText()
		var again Place
		if err := again.UnmarshalText(text); err != nil || again != got {
			t.Errorf("%s: written as %q, which reads as %+v, %v", c.why, text, again, err)
		}
	}
	for _, text := range []string{"", "-", "live10s", "lively", "here", "--5s", "+-5s", "120", "tomorrow"} {
		var p Place
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %+v; want an error", text, p)
		}
	}
}

func FuzzPlace(f *testing.F) {
	for _, seed := range []string{"-120s", "live-uniform(1s, 2s)", "start+lognormal(1m, 0.5)", "live - 1m", "++", "livestart"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p, again Place
		if p.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := p.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalText(written); err != nil || again != p {
			t.Errorf("%q reads as %+v, is written %q and reads as %+v, %v", text, p, written, again, err)
		}
	})
}
