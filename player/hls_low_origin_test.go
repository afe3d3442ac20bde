package player

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// lowOrigin makes an hlsOrigin's media playlists low-latency ones: segment n (from
// 100, as there) has parts, of which one more exists every part duration.
type lowOrigin struct {
	*hlsOrigin
	part          time.Duration
	block         bool
	skip          bool // delta updates
	age           time.Duration
	bad           int // deltas that skip what nobody has
	deltas, holds int
}

// parts is how many parts exist at a time since the first segment's.
func (o *lowOrigin) parts(at time.Duration) int {
	return o.window*o.perSegment() + int(at/o.part)
}

func (o *lowOrigin) perSegment() int { return int(o.segment / o.part) }

// when is the time at which a part exists.
func (o *lowOrigin) when(msn, part int) time.Duration {
	return time.Duration((msn-100)*o.perSegment()+part+1-o.window*o.perSegment()) * o.part
}

func (o *lowOrigin) playlist(at time.Duration, skip bool) []byte {
	per, n := o.perSegment(), o.parts(at)
	end, first := 100+n/per, 100+n/per-o.window
	var b strings.Builder
	if skip && o.bad > 0 {
		o.bad--
		first -= 20
	}
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", int(o.segment.Seconds()), first)
	fmt.Fprintf(&b, "#EXT-X-PART-INF:PART-TARGET=%.3f\n", o.part.Seconds())
	control := fmt.Sprintf("#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=%.3f", 3*o.part.Seconds())
	if o.block {
		control += ",CAN-BLOCK-RELOAD=YES"
	}
	if o.skip {
		control += fmt.Sprintf(",CAN-SKIP-UNTIL=%.1f", 6*o.segment.Seconds())
	}
	b.WriteString(control + "\n")
	from := first
	if skip && end-6 > first {
		fmt.Fprintf(&b, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%d\n", end-6-first)
		from = end - 6
		o.deltas++
	}
	for sn := from; sn <= end; sn++ {
		for i := range per {
			if sn >= end-2 && (sn-100)*per+i < n {
				independent := ""
				if i == 0 {
					independent = ",INDEPENDENT=YES"
				}
				fmt.Fprintf(&b, "#EXT-X-PART:DURATION=%.3f,URI=\"part%d.%d.m4s\"%s\n", o.part.Seconds(), sn, i, independent)
			}
		}
		if sn < end {
			fmt.Fprintf(&b, "#EXTINF:%.3f,\nseg%d.m4s\n", o.segment.Seconds(), sn)
		}
	}
	return []byte(b.String())
}

func (o *lowOrigin) Fetch(req Request, done func(*Response)) Transfer {
	if req.Kind != qoe.Playlist {
		return o.hlsOrigin.Fetch(req, func(r *Response) { r.Bytes /= o.share(req.URL.String()); done(r) })
	}
	u, _ := url.Parse(req.URL.String())
	now := o.Now()
	at := now.Sub(o.epoch) + o.latency
	q := u.Query()
	if msn, err := strconv.Atoi(q.Get("_HLS_msn")); err == nil && o.block {
		part := o.perSegment() - 1
		if p, err := strconv.Atoi(q.Get("_HLS_part")); err == nil {
			part = p
		}
		o.holds++
		at = max(at, o.when(msn, part))
	}
	x := &transfer{o: o.hlsOrigin, asked: req.URL, size: 1}
	for _, r := range o.rules {
		if s := now.Sub(o.epoch); strings.Contains(req.URL.String(), r.url) && s >= r.from && (r.to == 0 || s < r.to) {
			o.requests = append(o.requests, heard{now.Sub(o.epoch), req.URL.String(), req.Kind, req.Media, req.Attempt, r.status})
			if r.hang {
				return x
			}
			x.timer = o.loop.After(o.latency, func() {
				done(&Response{Status: r.status, Failure: qoe.StatusFailure, URL: req.URL, Start: o.instant(now), End: o.instant(o.Now()), Bytes: 150})
			})
			return x
		}
	}
	o.requests = append(o.requests, heard{now.Sub(o.epoch), req.URL.String(), req.Kind, req.Media, req.Attempt, 200})
	x.first = o.epoch.Add(at)
	x.last = x.first
	x.timer = o.loop.After(x.first.Sub(now), func() {
		done(&Response{Status: 200, URL: req.URL, Asked: req.URL, Body: o.playlist(o.Now().Sub(o.epoch)-o.age, q.Get("_HLS_skip") != ""),
			Start: o.instant(now), FirstByte: o.instant(x.first), End: o.instant(x.last), Age: o.age})
	})
	return x
}

// share divides a segment's size by how many requests it comes in.
func (o *lowOrigin) share(url string) int64 {
	if strings.Contains(url, "part") {
		return int64(o.perSegment())
	}
	return 1
}

func (o *lowOrigin) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return manifest.Parse(base.String(), contentType, body)
}

// play runs a player against the origin for a while.
func (o *lowOrigin) play(t testing.TB, cfg Config, d time.Duration) *lowOrigin {
	t.Helper()
	o.live = true
	if o.window == 0 {
		o.window = 10
	}
	o.setUp()
	p, err := New(cfg, o, "http://edge/master.m3u8", nil)
	if err != nil {
		t.Fatal(err)
	}
	o.player = p
	p.Start(epoch)
	o.until(t, d)
	return o
}

// asked lists what was asked for in [from, to), without the host.
func (o *lowOrigin) asked(from, to time.Duration) []string {
	var list []string
	for _, r := range o.requests {
		if r.at >= from && r.at < to {
			list = append(list, strings.TrimPrefix(r.url, "http://edge/"))
		}
	}
	return list
}
