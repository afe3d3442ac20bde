package lab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"soak/token"
)

// URLs is how the lab's URLs look. The zero URLs are the guide's:
// /cmaf/{client}_{video}/{token}/{expires}/file, manifests with relative URLs.
type URLs struct {
	// Prefix stands before every protected path: a date and a number in it, as in
	// /20231114/1699999999, look like a token to the guide's pattern. "" = none.
	Prefix string `yaml:"prefix,omitempty" json:"prefix,omitempty"`
	// Absolute makes manifests list absolute URLs.
	Absolute bool `yaml:"absolute,omitempty" json:"absolute,omitempty"`
	// Life signs absolute URLs with a token of their own that lives so long, in whole
	// seconds. 0 = the token of the manifest's own URL.
	Life time.Duration `yaml:"life,omitempty" json:"life,omitempty"`
	// TokenLength is how many characters of the signature are used, 1 to 22; the
	// guide's pattern wants 6. 0 = 22, all.
	TokenLength int `yaml:"tokenLength,omitempty" json:"tokenLength,omitempty"`
	// TokenSuffix ends every token: ==, or .v1, say. The guide's pattern knows
	// letters, digits, - and _ only. "" = none.
	TokenSuffix string `yaml:"tokenSuffix,omitempty" json:"tokenSuffix,omitempty"`
	// Query makes edges want the token a second time, as ?token=…&expires=…; the
	// token API and manifests write it there. Nobody's pattern finds it.
	Query bool `yaml:"query,omitempty" json:"query,omitempty"`
	// QueryOnly takes the token out of the path and puts it there instead:
	// /cmaf/{client}_{video}/file?token=…&expires=….
	QueryOnly bool `yaml:"queryOnly,omitempty" json:"queryOnly,omitempty"`
}

// queried tells whether tokens stand in the query.
func (u URLs) queried() bool { return u.Query || u.QueryOnly }

// signatureLength is that of a whole signature.
const signatureLength = 22

// prefixForm tells whether a text is one to eight segments of a path.
func prefixForm(text string) bool {
	segments, rooted := strings.CutPrefix(text, "/")
	return rooted && Words(segments, "/", "._~-", 64, 8)
}

func (u URLs) validate() error {
	var errs []error
	if u.Prefix != "" && !prefixForm(u.Prefix) {
		errs = append(errs, fmt.Errorf("urls.prefix %.80q: write path segments of letters, digits and . _ ~ -, as in /20231114/1699999999", u.Prefix))
	}
	if u.Life < 0 || u.Life > maxLife || u.Life%time.Second != 0 {
		errs = append(errs, fmt.Errorf("urls.life %v: use whole seconds up to %v", u.Life, maxLife))
	}
	if u.Life != 0 && !u.Absolute {
		errs = append(errs, fmt.Errorf("urls.life %v: relative URLs have no token of their own; set absolute: true", u.Life))
	}
	if u.TokenLength < 0 || u.TokenLength > signatureLength {
		errs = append(errs, fmt.Errorf("urls.tokenLength %d: use 1 to %d, or 0 for all", u.TokenLength, signatureLength))
	}
	if u.Query && u.QueryOnly {
		errs = append(errs, errors.New("urls: query wants the token in path and query, queryOnly in the query alone: keep one"))
	}
	if u.TokenSuffix != "" && !Word(u.TokenSuffix, "._~=-", 64) {
		errs = append(errs, fmt.Errorf("urls.tokenSuffix %.80q: use letters, digits and . _ ~ = -", u.TokenSuffix))
	}
	return errors.Join(errs...)
}

// signer makes tokens of the form that is configured.
type signer struct {
	token.Signer
	length int // of the signature
	suffix string
	any    bool // of a video: it is no part of what is signed
}

func newSigner(cfg Config, secret string) signer {
	return signer{token.Signer{Client: cfg.Client, Secret: secret}, or(cfg.URLs.TokenLength, signatureLength), cfg.URLs.TokenSuffix, cfg.AnyVideo}
}

// rotated is the signer after so many changes of the secret.
func (s signer) rotated(n int) signer {
	if n > 0 {
		s.Secret += "/" + strconv.Itoa(n)
	}
	return s
}

// Sign is token.Signer's, in the form configured.
func (s signer) Sign(video string, expires int64, ip string) string {
	if s.any {
		video = "*" // the name of no video
	}
	return s.Signer.Sign(video, expires, ip)[:s.length] + s.suffix
}

// url is where a file stands on an edge.
func (l *Lab) url(edge Edge, loc token.Location) string {
	var room [256]byte
	return string(l.appendURL(room[:0], edge, &loc))
}

// appendURL puts that behind b.
func (l *Lab) appendURL(b []byte, edge Edge, loc *token.Location) []byte {
	u := &l.cfg.URLs
	b = append(append(b, l.hosts.of(edge)...), u.Prefix...)
	if !u.queried() {
		return loc.AppendPath(b)
	}
	at := *loc
	if u.QueryOnly {
		at.Grant = nowhere
	}
	path := at.Path()
	if u.QueryOnly {
		path = strings.Replace(path, nowherePath, "/", 1)
	}
	return append(append(append(b, path...), '?'), pairQuery(loc.Grant)...)
}

// nowhere stands for the grant of a path that has none. Neither account nor video
// can hold a slash, so it is found again.
var nowhere = token.Grant{Token: "-"}

const nowherePath = "/-/0/"

// locate takes a path apart, prefix cut off: the inverse of what url puts together.
func (u URLs) locate(path, query string) (token.Location, bool) {
	if !u.QueryOnly {
		return token.ParsePath(path)
	}
	parts := strings.SplitN(path, "/", 4) // "", cmaf, client_video, file
	if len(parts) < 4 {
		return token.Location{}, false
	}
	loc, ok := token.ParsePath("/" + parts[1] + "/" + parts[2] + nowherePath + parts[3])
	loc.Grant, _ = queryPair(query)
	return loc, ok
}

// of is the base URL of an edge.
func (h *Hosts) of(edge Edge) string {
	switch edge {
	case IPBound:
		return h.IPBound
	case Second:
		return h.Second
	}
	return h.Plain
}

// signerOf signs for an edge, ip where the edge binds tokens to addresses.
func (l *Lab) signerOf(edge Edge, client string) (s signer, ip string) {
	switch edge {
	case IPBound:
		return l.signer, client
	case Second:
		return l.second, ""
	}
	return l.signer, ""
}

// pairQuery is a grant as a query.
func pairQuery(g token.Grant) string {
	return "token=" + g.Token + "&expires=" + strconv.FormatInt(g.Expires, 10)
}

// queryPair is the inverse of pairQuery.
func queryPair(query string) (token.Grant, bool) {
	text, ok1 := param(query, "token")
	expires, ok2 := param(query, "expires")
	seconds, err := strconv.ParseInt(expires, 10, 64)
	return token.Grant{Token: text, Expires: seconds}, ok1 && ok2 && err == nil
}

// refer makes a manifest refer to its files as the configuration has it. root is
// the URL of what stands behind the token, folder that of the manifest's own
// files below it, query what follows a file's name.
func (l *Lab) refer(a *Answer, q *file, r *Request, now time.Time) {
	u := &l.cfg.URLs
	if a.Status != 200 || !u.Absolute && !u.queried() {
		return
	}
	there := q.Location
	if u.Life != 0 {
		s, ip := l.signerOf(r.Edge, r.ClientIP)
		there.Grant.Expires = now.Add(u.Life).Unix()
		newest, _ := l.secrets(r.Edge, now)
		there.Grant.Token = l.sign(s.rotated(newest), there.Video, there.Grant.Expires, ip)
	}
	there.Rest = ""
	var refs references
	refs.root, refs.query, _ = strings.Cut(l.url(r.Edge, there), "?")
	if !u.Absolute {
		refs.root = ""
	}
	if q.rendition != nil {
		refs.folder = q.rendition.id + "/"
	}
	write := refs.playlist
	if q.mpd {
		write = refs.mpd
	}
	*a = text(a.ContentType, write(string(a.Body())), now)
}

// references are how a manifest refers to files.
type references struct {
	root   string // absolute, with a slash at its end; "": references stay relative
	folder string // of the manifest, below root
	query  string
}

// playlist changes the references of a playlist: lines that are no tags, and URI
// attributes.
func (f references) playlist(text string) []byte {
	var out strings.Builder
	out.Grow(len(text) + len(text)/2)
	for line := range strings.Lines(text) {
		bare := strings.TrimSuffix(line, "\n")
		before, rest, tagged := strings.Cut(bare, `URI="`)
		switch {
		case bare == "" || bare[0] == '#' && !tagged:
			out.WriteString(bare)
		case bare[0] == '#':
			ref, after, _ := strings.Cut(rest, `"`)
			out.WriteString(before + `URI="` + f.reference(ref) + `"` + after)
		default:
			out.WriteString(f.reference(bare))
		}
		out.WriteByte('\n')
	}
	return []byte(out.String())
}

func (f references) reference(ref string) string {
	if f.root != "" {
		up, above := strings.CutPrefix(ref, "../")
		if above {
			ref = f.root + up
		} else {
			ref = f.root + f.folder + ref
		}
	}
	if f.query != "" {
		ref += "?" + f.query
	}
	return ref
}

// mpd names the root as BaseURL, and puts the query behind the templates.
func (f references) mpd(text string) []byte {
	if f.root != "" {
		text = strings.Replace(text, "  <Period", "  <BaseURL>"+f.root+"</BaseURL>\n  <Period", 1)
	}
	if f.query != "" {
		query := "?" + strings.ReplaceAll(f.query, "&", "&amp;")
		text = strings.NewReplacer(`.mp4"`, `.mp4`+query+`"`, `.m4s"`, `.m4s`+query+`"`).Replace(text)
	}
	return []byte(text)
}
