package token

import "strings"

// Rewriter replaces the pair in a URL by that of g, or returns the URL as it is
// when it finds none. Everything but the pair stays byte for byte. The set is
// closed: [AnyPair], [OriginalPair], [IssuedPair], [Never].
type Rewriter interface {
	Rewrite(url string, g Grant) string
	// locate finds the pair this rewriter would replace.
	locate(url string) (span, bool)
}

// AnyPair replaces the first match of [Pattern], on any host, whatever token it
// holds: the guide's samples for hls.js and dash.js.
type AnyPair struct{}

// Rewrite replaces the first pair.
func (a AnyPair) Rewrite(url string, g Grant) string { return splice(a, url, g.Pair()) }

func (AnyPair) locate(url string) (span, bool) { return locateAny(url) }

// OriginalPair replaces the first literal occurrence of "/token/expires/" of the
// grant that playback began with, and nothing else: Gcore's TokenRefreshPlugin.
// A URL that carries a later grant, because its parent was fetched under it, is
// never touched again.
type OriginalPair struct{ Original Grant }

// Rewrite replaces the original pair.
func (o OriginalPair) Rewrite(url string, g Grant) string { return splice(o, url, g.Pair()) }

func (o OriginalPair) locate(url string) (span, bool) {
	p := o.Original.Pair()
	start := strings.Index(url, "/"+p.Token+"/"+p.Expires+"/")
	if start < 0 || p.Token == "" {
		return span{}, false
	}
	mid := start + 1 + len(p.Token)
	return span{start, mid, mid + len(p.Expires) + 2}, true
}

// Never leaves every URL alone: an integration whose hook is not called, such as
// the guide's dash.js sample on dash.js 5.
type Never struct{}

// Rewrite returns the URL.
func (Never) Rewrite(url string, _ Grant) string { return url }

func (Never) locate(string) (span, bool) { return span{}, false }

// splice puts a pair where r finds one. A URL that already holds it is returned
// without a copy, which is most requests of a player that resolves against
// rewritten parents.
func splice(r Rewriter, url string, p Pair) string {
	s, ok := r.locate(url)
	if !ok || holds(url[s.start:s.end], p) {
		return url
	}
	return url[:s.start+1] + p.Token + "/" + p.Expires + url[s.end-1:]
}

// holds tells whether text is "/token/expires/".
func holds(text string, p Pair) bool {
	n := len(p.Token)
	return len(text) == n+len(p.Expires)+3 && text[0] == '/' && text[n+1] == '/' && text[len(text)-1] == '/' &&
		text[1:n+1] == p.Token && text[n+2:len(text)-1] == p.Expires
}
