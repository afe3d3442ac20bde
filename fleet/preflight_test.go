package fleet

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/manifest"
	"soak/scenarios"
)

// crowd is an audience of one stream, with tokens from another host.
func crowd(viewers int, at string, each float64) demand {
	n := float64(viewers)
	return demand{viewers: viewers, spread: true, bytes: 375_000,
		doors: []doorway{{at, n, n * each}, {"127.0.0.1:9000", 0, n}}}
}

// What cannot work is refused with the numbers and with what to do; what may not is
// doubtful.
func TestPreflight(t *testing.T) {
	plenty := room{files: 1 << 30, ports: 1 << 30, memory: 1 << 50, cores: 1 << 20}
	with := func(change func(*room)) room { r := plenty; change(&r); return r }
	files := func(n int) room { return with(func(r *room) { r.files = n }) }
	ports := func(n int) room { return with(func(r *room) { r.ports = n }) }
	for _, row := range []struct {
		demand demand
		room   room
		fails  string
		doubts []string
		spread int
		why    string
	}{
		{crowd(20_000, "192.0.2.1:443", 3), plenty, "", nil, 0, "room for all"},
		{crowd(20_000, "192.0.2.1:443", 3), room{}, "", nil, 0, "nothing is known: nothing is said"},
		{crowd(1000, "192.0.2.1:443", 3), files(4064), "", nil, 0, "just enough files"},
		{crowd(1000, "192.0.2.1:443", 3), files(4063), "", []string{"1000 viewers may open 4064 files, the limit is 4063; raise it (ulimit -Hn) or use fewer viewers"}, 0, "one too few, if all play at once"},
		{crowd(1000, "192.0.2.1:443", 3), files(1063), "1000 viewers need 1064 open files at least, the limit is 1063; raise it (ulimit -Hn) or use fewer viewers", nil, 0, "not one each"},
		{crowd(19_000, "192.0.2.1:80", 1), files(20_000), "", []string{"19000 viewers may open 38064 files"}, 0, "a muxed stream: tokens are asked for now and then"},
		{func() demand { d := crowd(1000, "127.0.0.1:80", 3); d.embedded = true; return d }(), files(8063), "", []string{"1000 viewers may open 8064 files, the limit is 8063; raise it (ulimit -Hn), let soak lab run by itself or use fewer viewers"}, 0, "the lab has the other ends"},
		{func() demand { d := crowd(1000, "127.0.0.1:80", 3); d.embedded = true; return d }(), files(2063), "1000 viewers need 2064 open files at least", nil, 0, "of the least too"},

		{crowd(20_000, "192.0.2.1:443", 1), ports(28_232), "", nil, 0, "a port each"},
		{crowd(20_000, "192.0.2.1:443", 2), ports(28_232), "", []string{"20000 viewers may need 40000 local ports towards 192.0.2.1:443, there are 28232; let connections come from 2 addresses (--source), widen net.ipv4.ip_local_port_range, or use fewer viewers"}, 0, "not two"},
		{crowd(30_000, "192.0.2.1:443", 2), ports(28_232), "30000 viewers need 30000 local ports towards 192.0.2.1:443 at least, there are 28232; let connections come from 3 addresses (--source)", nil, 0, "not one"},
		{func() demand { d := crowd(30_000, "192.0.2.1:443", 2); d.sources, d.spread = 3, false; return d }(), ports(28_232), "", nil, 0, "three addresses"},
		{crowd(30_000, "127.0.0.1:80", 3), ports(28_232), "", nil, 4, "loopback has addresses for all"},
		{crowd(30_000, "localhost:80", 3), ports(28_232), "30000 viewers need 30000 local ports towards localhost:80", nil, 2, "a name may be IPv6's; the token API's host is an address"},
		{func() demand { d := crowd(30_000, "127.0.0.1:80", 3); d.spread, d.own = false, true; return d }(), ports(28_232), "", nil, 0, "viewers bring addresses of their own"},

		{crowd(10_000, "192.0.2.1:443", 2), with(func(r *room) { r.memory = 1 << 29 }), "", []string{"10000 viewers may take 0.6 GiB of memory, 0.5 GiB are free; use fewer viewers or a larger machine"}, 0, "tight"},
		{crowd(100_000, "192.0.2.1:443", 2), with(func(r *room) { r.memory = 1 << 30 }), "100000 viewers need 1.4 GiB of memory at least, 1.0 GiB are free; use fewer viewers or a larger machine", nil, 0, "hopeless"},

		{crowd(12_000, "192.0.2.1:443", 2), with(func(r *room) { r.cores = 2 }), "", nil, 0, "1.8 cores of 2"},
		{crowd(13_000, "192.0.2.1:443", 2), with(func(r *room) { r.cores = 2 }), "", []string{"13000 viewers may keep 2.0 cores busy, there are 2; use fewer viewers, more cores or a faster machine"}, 0, "two"},
		{func() demand { d := crowd(5000, "192.0.2.1:443", 2); d.secure = true; return d }(), with(func(r *room) { r.cores = 2 }), "", []string{"5000 viewers may keep 2.1 cores busy"}, 0, "TLS"},
	} {
		got, err := row.demand.judge(row.room)
		switch {
		case row.fails != "" && (err == nil || !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), row.fails)):
			t.Errorf("%s: %v; want %q", row.why, err, row.fails)
		case row.fails == "" && err != nil:
			t.Errorf("%s: %v", row.why, err)
		}
		if row.fails == "" && (len(got.warnings) != len(row.doubts) || got.spread != row.spread) {
			t.Errorf("%s: %q, spread over %d; want %q and %d", row.why, got.warnings, got.spread, row.doubts, row.spread)
			continue
		}
		for i, want := range row.doubts {
			if !strings.HasPrefix(got.warnings[i], want) {
				t.Errorf("%s: doubts %q; want %q", row.why, got.warnings[i], want)
			}
		}
	}
}

// How many connections a viewer has, and how much comes over them, is known from the
// manifest.
func TestSights(t *testing.T) {
	for _, row := range []struct {
		body   string
		vod    bool
		single bool
		want   string
		why    string
	}{
		{"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=3000000\nb.m3u8\n", false, false, "2 connections, 3000000 bit/s", "muxed: segments, and playlists"},
		{"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\na.m3u8\n", true, false, "1 connections, 800000 bit/s", "no reloads of a VOD's playlist"},
		{"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO=\"a\"\na.m3u8\n", false, false, "3 connections, 800000 bit/s", "sound apart"},
		{"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\"\n#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO=\"a\"\na.m3u8\n", false, false, "2 connections, 800000 bit/s", "sound in the video"},
		{"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO=\"a\"\na.m3u8\n", false, true, "1 connections, 800000 bit/s", "HTTP/2"},
		{"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n", false, false, "2 connections, 0 bit/s", "a media playlist"},
	} {
		p, err := manifest.Parse("http://edge.example/m.m3u8", "", []byte(row.body))
		if err != nil {
			t.Fatal(err)
		}
		s, c := sightOf(p), scenarios.Cohort{Stream: scenarios.Live}
		if s.single = row.single; row.vod {
			c.Stream = scenarios.VOD
		}
		if got := fmt.Sprintf("%v connections, %.0f bit/s", s.connections(&c), s.rate); got != row.want || s.host != "edge.example" || s.secure {
			t.Errorf("%s: %s; want %s", row.why, got, row.want)
		}
	}
}

// Where the ports of one address would not do, connections to loopback come from many.
func TestConnectionsSpreadOverLoopback(t *testing.T) {
	from := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from <- r.RemoteAddr
		if r.URL.Path == "/api" {
			fmt.Fprintf(w, `{"token":"abcdefgh","expires":%d}`, time.Now().Unix()+60)
			return
		}
		fmt.Fprint(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n")
	}))
	defer srv.Close()
	sc := protected(srv.URL+"/cmaf/1_live/secrettoken0/1999999999/a.m3u8", srv.URL+"/api")
	sc.Viewers.Count = 20
	target, err := openTarget(t.Context(), &sc)
	if err != nil {
		t.Fatal(err)
	}
	defer target.close()
	for _, want := range []string{loopback, "127.0.64.1"} { // before it is known how many there will be, and then
		if err := target.probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // token and manifest
			if host, _, _ := net.SplitHostPort(<-from); host != want {
				t.Errorf("connected from %s; want %s", host, want)
			}
		}
		if _, err := target.fit(room{ports: 30}); err != nil { // 20 to 60 connections, and tokens
			lacking(t, "no 127.0.0.0/8 here: %v", err)
		}
	}
	if n := len(target.sources.all); n != 3 || !lab.Spread().Contains(target.sources.all[n-1]) || target.sources.all[2] != netip.MustParseAddr("127.0.64.3") {
		t.Errorf("spread over %v; want three addresses of %v", target.sources.all, lab.Spread())
	}
}

// The lab is in this process, and what it serves is known without asking.
func TestLabsDemand(t *testing.T) {
	sc := short(1000, time.Second)
	target, err := openTarget(t.Context(), &sc)
	if err != nil {
		t.Fatal(err)
	}
	defer target.close()
	d := target.demand()
	least, usual := d.connections()
	if !d.embedded || d.secure || least != 1000 || usual < 3800 || usual > 4000 || math.Round(d.bytes) != (3_000_000+96_000)/8 {
		t.Errorf("%+v: %.0f to %.0f connections; want 1000 to 4 each, but for VOD's, of 3 Mbit/s and sound", d, least, usual)
	}
}
