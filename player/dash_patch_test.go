package player

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// patchOrigin is a live SegmentTimeline whose MPD names a PatchLocation. Each version
// is 2 s younger than the one before, and its patch is made for that one alone.
type patchOrigin struct {
	dashOrigin
	ttl    string
	broken func(at time.Duration) bool // patches do not fit then
	token  func(Request) string        // what the integration makes of T0 in a URL
}

func (o *patchOrigin) version(now time.Time) int64 { return int64(now.Sub(dashStart) / dashSegment) }

func (o *patchOrigin) head(v int64) string {
	return dashStart.Add(time.Duration(v) * dashSegment).Format(time.RFC3339)
}

func (o *patchOrigin) location(v int64) string {
	return fmt.Sprintf(`<PatchLocation%s>patch/%d.mpp</PatchLocation>`, o.ttl, v)
}

func (o *patchOrigin) serve(r Request, now time.Time) dashAnswer {
	a := o.dashOrigin.serve(r, now)
	if o.token != nil {
		a.url = strings.Replace(r.URL.String(), "/T0/", "/"+o.token(r)+"/", 1)
	}
	if r.Kind != qoe.Manifest {
		return a
	}
	v := o.version(now)
	if from, ok := patchOf(r.URL.String()); ok {
		a.body = o.patch(from, v, now)
		return a
	}
	a.body = strings.Replace(a.body, `type="dynamic"`, fmt.Sprintf(`id="live" publishTime=%q type="dynamic"`, o.head(v)), 1)
	a.body = strings.Replace(a.body, "<Period", o.location(v)+"<Period", 1)
	return a
}

func patchOf(url string) (from int64, ok bool) {
	_, name, ok := strings.Cut(url, "/patch/")
	if ok {
		_, err := fmt.Sscanf(name, "%d.mpp", &from)
		return from, err == nil
	}
	return 0, false
}

func (o *patchOrigin) patch(from, to int64, now time.Time) string {
	if o.broken != nil && o.broken(now.Sub(dashEpoch)) {
		from--
	}
	_, period, _ := strings.Cut(o.mpd(now), "<Period")
	period = "<Period" + strings.TrimSuffix(period, "</MPD>")
	return fmt.Sprintf(`<Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020" mpdId="live" originalPublishTime=%q publishTime=%q>`+
		`<replace sel="/MPD/@publishTime">%s</replace><replace sel="/MPD/PatchLocation">%s</replace><replace sel="/MPD/Period">%s</replace></Patch>`,
		o.head(from), o.head(to), o.head(to), o.location(to), period)
}

func newPatchOrigin() *patchOrigin {
	return &patchOrigin{dashOrigin: dashOrigin{live: true, timeline: true, tsbd: 20 * time.Second, mup: 2 * time.Second, ladder: []int{400}, rtt: 10 * time.Millisecond}}
}

// A manifest that names a PatchLocation is kept fresh by patches, and by a whole one
// where they are of no use.
func TestDashPatches(t *testing.T) {
	for _, c := range []struct {
		ttl    string
		broken bool
		wholes int // after the first
		why    string
	}{
		{"", false, 0, "patches alone"},
		{` ttl="60"`, false, 0, "a time to live that every version renews"},
		{` ttl="1"`, false, 14, "expired before it is asked for: whole manifests"},
		{"", true, 1, "one patch that does not fit: a whole manifest at once, then patches again"},
	} {
		o := newPatchOrigin()
		o.ttl = c.ttl
		o.broken = func(at time.Duration) bool { return c.broken && at > 10*time.Second && at < 12*time.Second }
		w := newDashWorld(o.serve)
		d := w.play(t, Config{}, dashURL)
		w.run(t, 30*time.Second)
		whole, patched := -1, 0
		for _, r := range w.asked(qoe.Manifest, qoe.NoMedia) {
			if _, ok := patchOf(r.URL.String()); ok {
				patched++
			} else {
				whole++
			}
		}
		if want := 14 - c.wholes; whole != c.wholes || patched < want-1 || patched > want+1 {
			t.Errorf("%d whole manifests and %d patches; want %d and %d: %s", whole, patched, c.wholes, want, c.why)
		}
		if s := d.State(); s.Phase != Playing || len(samplesOf[qoe.Stall](w)) > 0 {
			t.Errorf("state = %+v with %d stalls; want playing on: %s", s, len(samplesOf[qoe.Stall](w)), c.why)
		}
	}
}

// The manifest's URL stays that of the last whole one, and with it the token in every
// URL made from it: an integration that rewrites by the pair that it saw last, not by
// where a token stands, is never shown another.
func TestDashPatchesKeepTheBase(t *testing.T) {
	o := newPatchOrigin()
	o.token = func(r Request) string {
		if _, ok := patchOf(r.URL.String()); ok {
			return "T2"
		}
		return "T1"
	}
	w := newDashWorld(o.serve)
	w.play(t, Config{}, dashURL)
	w.run(t, 30*time.Second)
	for _, r := range w.log[1:] {
		if !strings.Contains(r.URL.String(), "/T1/") {
			t.Fatalf("%s asked for at %v; want the token of the whole manifest in it", r.URL, r.at)
		}
	}
}

// Patches that fail to load end the manifest's loop as whole ones do (F5).
func TestDashPatchesRefused(t *testing.T) {
	o := newPatchOrigin()
	o.refuse = func(r Request, at time.Duration) int {
		if _, ok := patchOf(r.URL.String()); ok && at > 10*time.Second {
			return 403
		}
		return 0
	}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, time.Minute)
	refused := 0
	for _, r := range w.asked(qoe.Manifest, qoe.NoMedia) {
		if r.status == 403 {
			refused++
		}
	}
	if refused != 4 || d.State().Phase != Dead {
		t.Errorf("%d refused patches, phase %v; want 4 and dead: no whole manifest is asked for instead", refused, d.State().Phase)
	}
}
