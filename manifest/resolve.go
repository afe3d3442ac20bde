package manifest

// Resolve makes the absolute URL of a reference.
func (p *Presentation) Resolve(r Ref) string { return r.URI }
