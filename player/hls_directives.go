package player

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"soak/manifest"
)

// directives are the delivery directives of one request for a playlist (RFC
// 8216bis section 6.2.5): hold it until this part is there, leave out what is old.
type directives struct {
	msn  int64 // -1: none
	part int   // -1: none
	skip skips
}

// skips is what a delta update may leave out, as _HLS_skip asks for it.
type skips uint8

const (
	skipNothing skips = iota
	skipSegments
	skipDateRanges // too
)

func (s skips) String() string { return [...]string{"", "YES", "v2"}[s] }

var undirected = directives{msn: -1, part: -1}

func (d directives) empty() bool { return d.msn < 0 && d.part < 0 && d.skip == skipNothing }

// on puts the directives into a URL's query.
func (d directives) on(url manifest.Address) manifest.Address {
	if d.empty() {
		return url
	}
	return d.written(url)
}

func (d directives) written(url manifest.Address) manifest.Address {
	raw := url.String()
	if d.msn >= 0 {
		raw = withParam(raw, "_HLS_msn", strconv.FormatInt(d.msn, 10))
	}
	if d.part >= 0 {
		raw = withParam(raw, "_HLS_part", strconv.Itoa(d.part))
	}
	if d.skip != skipNothing {
		raw = withParam(raw, "_HLS_skip", d.skip.String())
	}
	return manifest.AddressOf(raw)
}

// withParam puts one parameter into a URL's query and leaves the rest as it is
// (src/utils/url-tools.ts, setQueryParam).
func withParam(raw, key, value string) string {
	address, fragment, marked := strings.Cut(raw, "#")
	path, query, _ := strings.Cut(address, "?")
	address = path + "?" + setParam(query, key, value)
	if marked {
		address += "#" + fragment
	}
	return address
}

// setParam replaces the first parameter of that name in its place and drops
// others, or puts it behind.
func setParam(query, key, value string) string {
	key = escaped(key)
	param, set := key+"="+escaped(value), false
	list := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { return p == "" })
	kept := list[:0]
	for _, p := range list {
		if p == key || strings.HasPrefix(p, key+"=") {
			if set {
				continue
			}
			p, set = param, true
		}
		kept = append(kept, p)
	}
	if !set {
		kept = append(kept, param)
	}
	return strings.Join(kept, "&")
}

// escaped is encodeURIComponent, near enough.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// skipValue asks for a delta update while the playlist is younger than half of
// what the server may leave out (src/types/level.ts, getSkipValue).
func (d *hlsDetails) skipValue(now instant) skips {
	r := d.pres.Reload
	switch {
	case r.SkipUntil == 0 || d.age(now) >= r.SkipUntil/2:
		return skipNothing
	case r.SkipDateRanges:
		return skipDateRanges
	}
	return skipSegments
}

// next is what to ask for after this load, and whether at once: a server that can
// hold requests is asked for the part that does not exist yet
// (base-playlist-controller.ts, playlistLoaded).
func (d *hlsDetails) next(prev *hlsDetails, lowLatency bool, now instant) (ask directives, atOnce bool) {
	r, ask := &d.pres.Reload, undirected
	if !r.Blocking && r.SkipUntil == 0 {
		return ask, false
	}
	ask.skip = d.skipValue(now)
	if !r.Blocking || !d.advanced {
		return ask, false
	}
	sn, index := d.lastPart()
	complete := sn == d.endSN()
	ask.msn = d.endSN() + 1
	switch {
	case index < 0:
	case complete && lowLatency:
		ask.part = 0
	case complete:
		ask.part = index
	case lowLatency:
		ask.msn, ask.part = sn, index+1
	default:
		ask.msn, ask.part = sn, d.fullIndex()
	}
	d.tuneInto(&ask, prev, now)
	return ask, lowLatency || !complete
}

// tuneInto asks for what should exist by now when the answer was old already: a
// cache's Age, and the time since it came.
func (d *hlsDetails) tuneInto(ask *directives, prev *hlsDetails, now instant) {
	age := d.age(now) + d.cacheAge
	goal := min(age-d.partTarget, d.target*3/2)
	if goal <= 0 {
		return
	}
	switch {
	case age > 3*d.target:
		ask.msn, ask.part = -1, -1
	case prev != nil && prev.tuneIn > 0 && age-d.partTarget > prev.tuneIn:
		goal = 0 // it got worse: no catching up, or the Age is not to be trusted
	default:
		ask.msn += int64(goal / d.target)
		if ask.part >= 0 && d.partTarget > 0 {
			ask.part += int((goal%d.target + d.partTarget/2) / d.partTarget)
		}
	}
	d.tuneIn = goal
}

// tuning tells that the playlist is too old to load from (waitForCdnTuneIn).
func (d *hlsDetails) tuning() bool {
	return d.live && d.pres.Reload.Blocking && d.partTarget > 0 && d.tuneIn > max(d.partHoldBack(), 3*d.partTarget)
}

// reported are the directives for another playlist that this one reports about
// (switchParams); none when it does not.
func (d *hlsDetails) reported(url manifest.Address, current *hlsDetails, lowLatency bool, now instant) directives {
	if d == nil || d.pres.HLS == nil || len(d.pres.HLS.Reports) == 0 {
		return undirected
	}
	found, raw := -1, url.String()
	for i, r := range d.pres.HLS.Reports {
		uri := d.pres.Resolve(r.Playlist)
		if uri == raw {
			found = i
			break
		}
		if strings.HasPrefix(raw, uri) {
			found = i
		}
	}
	if found < 0 {
		return undirected
	}
	sn, index := d.lastPart()
	report := d.pres.HLS.Reports[found]
	ask := directives{msn: cmp.Or(report.Sequence, sn), part: int(report.Part)}
	if ask.part <= 0 { // as there, a LAST-PART of 0 counts as none
		ask.part = index
	}
	if goal := min(d.age(now)-d.partTarget, d.target); lowLatency && ask.part >= 0 && goal > d.partTarget {
		ask.part++
	}
	if current != nil {
		ask.skip = current.skipValue(now)
	}
	return ask
}
