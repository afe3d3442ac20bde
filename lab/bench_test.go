package lab

import (
	"io"
	"net/http"
	"testing"
	"time"

	"soak/token"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Config{}, 1, moment); err != nil {
			b.Fatal(err)
		}
	}
}

// moment is a point in time at which tests live: Tue, 14 Nov 2023 22:13:20 UTC.
var moment = time.Unix(1_700_000_000, 0)

// signed is the path of a file with a token good for an hour after moment.
func signed(l *Lab, kind token.Kind, video, file string) string {
	g := token.Grant{Expires: moment.Unix() + 3600}
	g.Token = l.signer.Sign(video, g.Expires, "")
	return token.Path(kind, l.signer.Client, video, g, file)
}

// BenchmarkEdge is what one request costs the lab beside HTTP itself.
func BenchmarkEdge(b *testing.B) {
	l, err := New(Config{}, 1, moment)
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct{ name, file string }{
		{"playlist", "v1/index.m3u8"},
		{"segment", "v3/849999999.m4s"},
		{"mpd", "index.mpd"},
	} {
		r := Request{Path: signed(l, token.Live, "live", bench.file)}
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := l.Edge(r, moment); a.Status != 200 {
					b.Fatal(a.Status, a.Reason)
				}
			}
		})
		b.Run(bench.name+"/written", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Edge(r, moment).WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkToken(b *testing.B) {
	l, err := New(Config{}, 1, moment)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Token(Request{RawQuery: "video=live&expire=60", ClientIP: "10.0.0.1", Viewer: 3, Call: 1}, moment)
	}
}

// BenchmarkWire is a segment over loopback, client included: one connection.
func BenchmarkWire(b *testing.B) {
	l, err := New(Config{Segment: time.Second, Ladder: []int64{100_000, 3_000_000}}, 1, moment)
	if err != nil {
		b.Fatal(err)
	}
	s, err := l.Listen(b.Context(), new(still).clock())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for _, file := range []string{"v1/1699999999.m4s", "v2/1699999999.m4s"} {
		url := s.Plain + signed(l, token.Live, "live", file)
		b.Run(file[:2], func(b *testing.B) {
			for b.Loop() {
				response, err := http.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err != nil || response.StatusCode != 200 {
					b.Fatal(response.Status, err)
				}
				b.SetBytes(n)
			}
		})
	}
}
