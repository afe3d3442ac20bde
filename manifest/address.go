package manifest

import "strings"

// Address is an absolute URL in two parts. Players ask for file after file of a few
// directories, and what is to be known of a file's URL depends on its directory alone:
// which grant stands there, which host it leads to. So the parts are handed on as they
// are, and joined only for who reads or writes the whole.
//
//	http://edge.example/cmaf/7_live/token/1800000060/v2/1234.m4s
//	└ Directory                                        └ Name
//
// Two of them are equal exactly when their URLs are.
type Address struct {
	Directory string // the URL up to its last slash, that included; "" without any
	Name      string // what follows, no slash in it
}

// AddressOf takes a URL apart.
func AddressOf(url string) Address {
	cut := strings.LastIndexByte(url, '/') + 1
	return Address{url[:cut], url[cut:]}
}

// String is the URL.
func (a Address) String() string { return a.Directory + a.Name }

// IsZero tells whether there is no URL.
func (a Address) IsZero() bool { return a == Address{} }

// Address is what Resolve makes of a reference, in two parts.
func (p *Presentation) Address(r Ref) Address {
	if len(r.Bases) == 0 && r.Query == nil && p.pair == "" && (r.plain || plainName(r.URI)) {
		if dir, ok := p.directory(); ok {
			return Address{dir, r.URI}
		}
	}
	a := AddressOf(p.Resolve(r))
	if strings.HasSuffix(r.URI, a.Name) { // then it is the document's text: who compares names need not read them
		a.Name = r.URI[len(r.URI)-len(a.Name):]
	}
	return a
}

// Folder remembers to which directory below its manifest's own a rendition's references
// led last: most lead there again. The zero Folder remembers none.
type Folder struct {
	base, below string
	directory   string // both
}

// Address is p's of a reference.
func (f *Folder) Address(p *Presentation, r Ref) Address {
	cut := strings.LastIndexByte(r.URI, '/') + 1
	base, ok := p.directory()
	if cut == 0 || !ok || len(r.Bases) > 0 || r.Query != nil || p.pair != "" || !plainName(r.URI[cut:]) {
		return p.Address(r)
	}
	if below := r.URI[:cut]; f.base != base || f.below != below {
		if !plain(below) {
			return p.Address(r)
		}
		*f = Folder{base, below, base + below}
	}
	return Address{f.directory, r.URI[cut:]}
}

// directory is where plain references can be appended; false for a URL where they
// cannot.
func (p *Presentation) directory() (string, bool) {
	if p.base != nil {
		return p.base.directory, p.base.directory != ""
	}
	return directory(p.URL)
}

// plainName tells whether ref can be appended to a directory, and stays in it.
func plainName(ref string) bool {
	for i := range len(ref) {
		if !unreserved[ref[i]] {
			return false
		}
	}
	return ref != "" && ref[0] != '.'
}

// unreserved are the bytes of which [plain] references are made, but for slashes and
// queries.
var unreserved = unreservedBytes()

func unreservedBytes() (is [256]bool) {
	for _, c := range []byte(letters + "0123456789-_~=@.") {
		is[c] = true
	}
	return is
}
