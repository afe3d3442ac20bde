package player

import (
	"math"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func TestLicenseConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{License: LicenseConfig{Renew: 10}}, "needs a url"},
		{Config{License: LicenseConfig{URL: "license", Renew: 10, Life: 10}}, "before the licence ends"},
		{Config{License: LicenseConfig{URL: "license", Retry: 3}}, "set renew"},
		{Config{License: LicenseConfig{URL: "license", Life: 0.5}}, "1 to 1e6"},
		{Config{License: LicenseConfig{URL: "license", Life: math.NaN()}}, "1 to 1e6"},
		{Config{Profile: Generic, License: LicenseConfig{URL: "license"}}, "generic"},
	} {
		if _, err := New(c.cfg, nil, "http://edge/", nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%+v): %v; want %q", c.cfg.License, err, c.want)
		}
	}
}

// dash.js asks for the licence when its streams are set up, and shows nothing before it
// has come. A refusal is tried 1+3 times a second apart, then error 114; what was
// licensed plays on to the end of the licence, and stands there.
func TestDashLicense(t *testing.T) {
	for _, c := range []struct {
		why      string
		license  LicenseConfig
		from, to time.Duration // refused
		asked    []float64     // s
		stands   float64       // from when on no picture; -1: never
		errors   int
	}{
		{"licensed once", LicenseConfig{URL: "license"}, time.Hour, 0, []float64{0.1}, -1, 0},
		{"renewed", LicenseConfig{URL: "license", Renew: 10, Life: 15}, time.Hour, 0, []float64{0.1, 10.1, 20.1, 30.1}, -1, 0},
		{"renewal refused: four tries, then the licence ends", LicenseConfig{URL: "license", Renew: 10, Life: 20}, 5 * time.Second, time.Hour, []float64{0.1, 10.1, 11.1, 12.1, 13.1}, 20.1, 1},
		{"the CDM asks again, and is heard", LicenseConfig{URL: "license", Renew: 10, Retry: 4, Life: 30}, 5 * time.Second, 15 * time.Second, []float64{0.1, 10.1, 11.1, 12.1, 13.1, 17.1, 27.2, 37.2}, -1, 1},
		{"refused at the start: no picture", LicenseConfig{URL: "license"}, 0, time.Hour, []float64{0.1, 1.1, 2.1, 3.1}, 0, 1},
	} {
		o := liveOrigin()
		o.refuse = func(r Request, at time.Duration) int {
			if r.Kind == qoe.License && at >= c.from && at < c.to {
				return 410
			}
			return 0
		}
		w := newDashWorld(o.serve)
		d := w.play(t, Config{License: c.license}, dashURL)
		w.run(t, 40*time.Second)
		var asked []float64
		for _, l := range w.asked(qoe.License, qoe.NoMedia) {
			if !l.Post || l.URL.String() != "http://edge.lab/cmaf/1_v/T0/1900000000/license" {
				t.Errorf("%s: %+v", c.why, l.Request)
			}
			asked = append(asked, l.at.Seconds())
		}
		if !near(asked, c.asked, 0.3) {
			t.Errorf("%s: asked for at %.2f; want %v", c.why, asked, c.asked)
		}
		errors := 0
		for _, n := range samplesOf[qoe.Note](w) {
			if strings.Contains(n.Text, "error 114") {
				errors++
			}
		}
		if errors != c.errors {
			t.Errorf("%s: %d errors 114; want %d", c.why, errors, c.errors)
		}
		d.Stop()
		stalls := samplesOf[qoe.Stall](w)
		switch {
		case c.stands < 0 && (len(stalls) != 0 || len(samplesOf[qoe.Startup](w)) != 1):
			t.Errorf("%s: stalls %v; want none", c.why, stalls)
		case c.stands == 0 && len(samplesOf[qoe.Startup](w)) != 0:
			t.Errorf("%s: a picture without a licence", c.why)
		case c.stands > 0 && (len(stalls) != 1 || !stalls[0].Open || math.Abs(stalls[0].At.Sub(dashEpoch).Seconds()-c.stands) > 0.3):
			t.Errorf("%s: stalls %v; want one from %v s on", c.why, stalls, c.stands)
		}
		accountOf(t, c.why, w.samples)
	}
}

// hls.js asks for the certificate first, by its loader, then for the licence. A 4xx is
// fatal at once, an error of the server after nine tries without a pause. What is
// buffered plays on, as long as the licence lasts.
func TestHLSLicense(t *testing.T) {
	for _, c := range []struct {
		why     string
		license LicenseConfig
		rules   []rule
		asked   []float64
		fatal   float64 // -1: none
		text    string
	}{
		{"licensed", LicenseConfig{URL: "license"}, nil, []float64{0}, -1, ""},
		{"with a certificate", LicenseConfig{URL: "license", Certificate: "certificate"}, nil, []float64{0}, -1, ""},
		{"the certificate refused", LicenseConfig{URL: "license", Certificate: "certificate"}, []rule{{url: "certificate", status: 410}}, nil, 0, "keySystemServerCertificateRequestFailed: HTTP 410"},
		{"refused", LicenseConfig{URL: "license"}, []rule{{url: "license", status: 403}}, []float64{0}, 0, "keySystemLicenseRequestFailed: HTTP 403"},
		{"the server fails", LicenseConfig{URL: "license"}, []rule{{url: "license", status: 503}}, []float64{0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 0.2, "keySystemLicenseRequestFailed: HTTP 503"},
		{"renewal refused", LicenseConfig{URL: "license", Renew: 10, Life: 14}, []rule{{from: 5 * time.Second, url: "license", status: 410}}, []float64{0, 10, 14}, 10, "keySystemLicenseRequestFailed: HTTP 410"},
		{"at the end of a licence another one", LicenseConfig{URL: "license", Life: 14}, nil, []float64{0, 14, 28}, -1, ""},
	} {
		o := (&hlsOrigin{live: true, rules: c.rules}).play(t, Config{License: c.license}, 30*time.Second)
		if asked := o.times("/license"); !near(asked, c.asked, 0.2) {
			t.Errorf("%s: asked for at %.2f; want %v", c.why, asked, c.asked)
		}
		if at, why := o.fatal(); math.Abs(at-c.fatal) > 0.2 || why != c.text {
			t.Errorf("%s: fatal at %.2f %q; want %v %q", c.why, at, why, c.fatal, c.text)
		}
		started := len(all[qoe.Startup](o))
		if licensed := c.fatal < 0 || c.fatal > 5; licensed != (started == 1) {
			t.Errorf("%s: %d pictures", c.why, started)
		}
		o.player.Stop()
		accountOf(t, c.why, o.samples)
	}
}

// The Gcore player shows its error screen for either.
func TestGcoreLicense(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{{from: 5 * time.Second, url: "license", status: 410}}}).
		play(t, Config{Wrapper: Gcore, License: LicenseConfig{URL: "license", Renew: 10}}, 30*time.Second)
	if at, why := o.fatal(); math.Abs(at-10) > 0.3 || why != "Gcore player: keySystemLicenseRequestFailed: HTTP 410" || o.player.State().Phase != Dead {
		t.Errorf("fatal at %.2f %q, %s; want the error screen at 10 s", at, why, o.player.State().Phase)
	}
}
