package lab

import (
	"encoding/binary"
	"strings"

	"soak/qoe"
	"soak/token"
)

// file is what a request asks for, whether or not it exists at the moment.
type file struct {
	token.Location // not of the clock that is for anyone
	named
	served bool // the video is
}

// named is what the name of a file says of it.
type named struct {
	kind      qoe.Kind   // what a player would call it
	mpd       bool       // of a manifest: DASH
	clear     bool       // a segment as DASH lists it where HLS has it encrypted
	known     bool       // false: there can be no such file
	rendition *rendition // of playlists, initialization segments and segments
	number    int64      // of segments and keys
}

func (f *file) live() bool { return f.Kind == token.Live }

// media is what the file holds; manifests and keys serve all of it.
func (f *file) media() qoe.Media {
	switch {
	case f.rendition == nil:
		return qoe.NoMedia
	case f.rendition.subtitle != nil:
		return qoe.Text
	case f.rendition.channels > 0:
		return qoe.Audio
	}
	return qoe.Video
}

// find reads what stands behind a token.
func (o *origin) find(loc token.Location) file {
	f := o.common(loc)
	f.named = o.named(loc.Rest)
	return f
}

// named reads the rest of a path, behind its token.
func (o *origin) named(rest string) (f named) {
	f.known = true
	switch rest {
	case "master.m3u8":
		return f
	case "index.mpd":
		f.mpd = true
		return f
	case licenseFile, certificateFile:
		f.kind, f.known = qoe.License, o.cfg.Licenses
		return f
	case clockFile:
		f.kind, f.known = qoe.Timing, o.cfg.UTCTiming == protected
		return f
	}
	if o.isLink(rest) {
		f.kind = qoe.Link
		return f
	}
	name, file, _ := strings.Cut(rest, "/")
	in := o.folder(name)
	f.within(&in, file)
	return f
}

// common is what is known of a file before its name.
func (o *origin) common(loc token.Location) file {
	kind, ok := o.kinds[loc.Video]
	return file{Location: loc, served: ok && kind == loc.Kind}
}

// folder is what stands below a token beside the manifests.
type folder struct {
	encrypted bool // its segments are
	keys      bool // it holds keys
	rendition *rendition
}

func (o *origin) folder(name string) folder {
	return folder{o.keys != nil, o.keys != nil && name == keyFolder, o.byID[name]}
}

// within reads the name of a file in a folder into f, which is known so far.
func (f *named) within(in *folder, name string) {
	if in.keys {
		f.kind = qoe.Key
		f.number, f.known = keyNumber(name)
		return
	}
	f.rendition = in.rendition
	switch {
	case f.rendition == nil:
		f.known = false
	case name == "index.m3u8":
		f.kind = qoe.Playlist
	case f.rendition.subtitle != nil:
		f.kind = qoe.Segment
		f.numbered(strings.CutSuffix(name, cueFile))
	case name == "init.mp4":
		f.kind = qoe.Init
	default:
		f.kind = qoe.Segment
		if in.encrypted {
			name, f.clear = strings.CutPrefix(name, clearMark)
		}
		f.numbered(strings.CutSuffix(name, mediaFile))
	}
}

// How the names of segments end.
const (
	mediaFile = ".m4s"
	cueFile   = ".vtt"
)

// numbered is a segment by what stands before the ending of its name, if it has that.
func (f *named) numbered(digits string, ended bool) {
	if f.known = ended; ended {
		f.number, f.known = canonical(digits)
	}
}

// canonical reads digits without leading zeros, so that one file has one URL.
func canonical(digits string) (int64, bool) {
	if digits == "" || len(digits) > 12 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	var n int64
	if len(digits) >= 8 {
		first, ok := eightDigits(digits)
		if !ok {
			return 0, false
		}
		n, digits = first, digits[8:]
	}
	for i := range len(digits) {
		digit := digits[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = 10*n + int64(digit)
	}
	return n, true
}

// eightDigits reads the first eight bytes of a text, as most of a live segment's number
// is. Eight digits are put together to four numbers below a hundred, these to two, and
// these to one.
func eightDigits(text string) (n int64, ok bool) {
	const each = 0x0101010101010101
	var room [8]byte
	copy(room[:], text)
	w := binary.LittleEndian.Uint64(room[:]) - '0'*each // below zero: a byte that is no digit
	ok = (w|(w+(0x7f-9)*each))&(0x80*each) == 0
	w = (w*10 + w>>8) & 0x00ff00ff00ff00ff
	w = (w*100 + w>>16) & 0x0000ffff0000ffff
	return int64((w*10_000 + w>>32) & 0xffffffff), ok
}
