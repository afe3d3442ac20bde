package lab

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestZeroConfigIsValid(t *testing.T) {
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
	c := Config{API: API{Outages: []Outage{{To: 1}}}}
	filled := c.Filled()
	if filled.API.Outages[0].Status != 503 || c.API.Outages[0].Status != 0 {
		t.Errorf("Filled must fill a copy: %+v, %+v", filled.API.Outages, c.API.Outages)
	}
}

func TestValidate(t *testing.T) {
	for _, row := range []struct {
		cfg  Config
		says string
	}{
		{Config{Client: "a_b"}, `client "a_b": use 1 to 64 letters, digits and hyphens`},
		{Config{Live: []string{"a/b"}}, `video "a/b"`},
		{Config{Live: []string{"x"}, VOD: []string{"x"}}, `video "x": named twice`},
		{Config{Boundary: 7}, "use whole-second or strict"},
		{Config{Segment: 1500 * time.Millisecond}, "segment 1.5s: use a multiple of 1s (the sample's group of pictures) up to 1m0s"},
		{Config{Segment: -time.Second}, "segment -1s"},
		{Config{Segment: 61 * time.Second}, "segment 1m1s"},
		{Config{Window: 2}, "window 2: use 3 to 3600"},
		{Config{Length: 500 * time.Millisecond}, "length 500ms"},
		{Config{Length: 25 * time.Hour}, "length 25h0m0s"},
		{Config{MinimumUpdatePeriod: time.Nanosecond}, "minimumUpdatePeriod 1ns"},
		{Config{SuggestedDelay: 13 * time.Second}, "suggestedDelay 13s: use at most the window, 12s"},
		{Config{UTCTiming: "ntp"}, `utcTiming "ntp": use http-iso, protected, direct or none`},
		{Config{Ladder: []int64{79_999}}, "ladder[0] 79999 bit/s: use 80000 (what its picture needs)"},
		{Config{Ladder: []int64{300_000, 300_000}}, "ladder[1] 300000 bit/s: list bit rates in ascending order"},
		{Config{Ladder: make([]int64, 13)}, "13 bit rates, use at most 12"},
		{Config{AudioBitrate: 8_000}, "audioBitrate 8000 bit/s: use 53000"},
		{Config{Encryption: "sample-aes"}, `encryption "sample-aes": use aes-128, or leave it out`},
		{Config{KeyRotation: 3}, "keyRotation 3: nothing is encrypted; set encryption: aes-128"},
		{Config{Encryption: aes128, KeyRotation: -1}, "keyRotation -1: use 0 (one key for all)"},
		{Config{EdgeSkew: -25 * time.Hour}, "edgeSkew -25h0m0s: use up to 24h0m0s either way"},
		{Config{Grace: -time.Second}, "grace -1s: use up to 24h0m0s"},
		{Config{API: API{FailureRate: 1.1}}, "api.failureRate 1.1: use a share from 0 to 1"},
		{Config{API: API{HangRate: math.NaN()}}, "api.hangRate NaN"},
		{Config{API: API{FailureStatus: 200}}, "api.failureStatus 200: use an HTTP status from 400 to 599"},
		{Config{API: API{Rate: math.Inf(1)}}, "api.rate +Inf"},
		{Config{API: API{Outages: []Outage{{From: 2, To: 1}}}}, "api.outages[0] from 2ns to 1ns: to must come after from"},
		{Config{API: API{Outages: []Outage{{To: 1, Status: 99}}}}, "api.outages[0].status 99"},
		{Config{API: API{Slow: []Slowdown{{From: 2, To: 1, By: 1}}}}, "api.slow[0] from 2ns to 1ns: to must come after from"},
		{Config{API: API{Slow: []Slowdown{{}}}}, "api.slow[0].by 0s: use a duration up to"},
	} {
		_, err := New(row.cfg, 1, moment)
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%+v: %v, want %q", row.cfg, err, row.says)
		}
	}
}

// Every ladder that Validate takes can be served.
func TestLeastLadders(t *testing.T) {
	for rungs := 1; rungs <= maxRungs; rungs++ {
		cfg := Config{AudioBitrate: sound.least}
		for i := range rungs {
			rate := pictures[pictureOf(i, rungs)].least
			if i > 0 {
				rate = max(rate, cfg.Ladder[i-1]+1)
			}
			cfg.Ladder = append(cfg.Ladder, rate)
		}
		l, err := New(cfg, 1, moment)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.origin.byID {
			for n := range int64(loopSeconds) {
				if s := r.segment(n, true); s.size < s.head.bytes() {
					t.Errorf("%d rungs: segment %d of %s has %d bytes and needs %d", rungs, n, r.id, s.size, s.head.bytes())
				}
			}
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := Secret("hush")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(format, Config{Secret: s}); strings.Contains(got, "hush") || strings.Contains(got, "68757368") {
			t.Errorf("%s prints %s", format, got)
		}
	}
}
