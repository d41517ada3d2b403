package kept

import (
	"container/list"
	"sync"
)

// A Shelf holds things by name, Limit bytes at most: what nobody has asked for
// for longest makes room. Many may use it at once.
type Shelf[T any] struct {
	Limit int // bytes; needed

	mu     sync.Mutex
	places map[string]*list.Element // of *place[T]; guarded by mu
	order  list.List                // last asked for first; guarded by mu
	used   int                      // bytes; guarded by mu
}

// A place on a shelf.
type place[T any] struct {
	name string
	size int
	what T
}

// Get finds what has a name.
func (s *Shelf[T]) Get(name string) (what T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.places[name]
	if !ok {
		return what, false
	}
	s.order.MoveToFront(e)
	return e.Value.(*place[T]).what, true
}

// Put gives a name to something of a size, instead of what had it. The name
// counts too. What is larger than a quarter of the shelf is not held: it would
// push out everything else.
func (s *Shelf[T]) Put(name string, size int, what T) {
	size += len(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.places[name]; ok {
		s.drop(old)
	}
	if size > s.Limit/4 {
		return
	}
	if s.places == nil {
		s.places = map[string]*list.Element{}
	}
	s.places[name] = s.order.PushFront(&place[T]{name, size, what})
	s.used += size
	for s.used > s.Limit {
		s.drop(s.order.Back())
	}
}

// drop takes something off; mu is held.
func (s *Shelf[T]) drop(e *list.Element) {
	p := s.order.Remove(e).(*place[T])
	delete(s.places, p.name)
	s.used -= p.size
}

// Used is how many bytes are held.
func (s *Shelf[T]) Used() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
