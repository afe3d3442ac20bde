// Package manifest turns the bytes of a manifest into a [Presentation]: what
// there is to play, where it is, and when. It reads HLS multivariant and media
// playlists (RFC 8216bis) and MPEG-DASH MPDs (ISO/IEC 23009-1), static and live.
//
// The one idea: nothing in a [Document] depends on where it came from. References
// stay as written until [Presentation.Resolve] joins them to the manifest's final
// URL. So one [Cache] parses each distinct body once for all viewers, although
// each viewer's URLs carry another token:
//
//	viewer 1  /videos/7/tokenA/…/index.mpd ──┐            ┌─ Presentation{URL: …tokenA…}
//	                                         ├─ Document ─┤
//	viewer 2  /videos/7/tokenB/…/index.mpd ──┘            └─ Presentation{URL: …tokenB…}
//
// What is not a manifest is never read as an empty one: an HTML page, an XML
// error, JSON, a truncated body each give an [Error] that says what came, also
// when the server said 200. What is a manifest but cannot be read right is
// refused as [ErrUnsupported] rather than read half. What can be played but is
// illegal, risky or not used stands in [Document].Findings, with clause and line.
//
// Some things a manifest only points to; pure functions put them in once they
// have been fetched: [Update] a delta update, [Patch] an MPD patch, [Dereference]
// a remote part, [Segments.Indexed] a segment index.
//
// Playlists go through grafov/m3u8 and MPDs through go-dash. Both lose and spoil
// things that players need, so each runs in a harness: lines are normalized
// before and every line is tapped on the way (hls_text.go, hls_tap.go); attributes
// over which go-dash would give up are respelled (mpd_clean.go), and the XML is
// read a second time for what it drops (mpd_side.go). Their types never leave this
// package.
//
// Where a CDN writes the viewer's token into the body itself, the cache takes it
// out before it compares bodies, and Resolve puts it back.
//
// manifest knows nothing of the network and the time of day: moments are
// arguments. Of tokens it knows how they look in a URL, and nothing else.
package manifest
