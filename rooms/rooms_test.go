package rooms

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestJoin(t *testing.T) {
	type step struct {
		member, room string
		want         Entry[string]
		err          error
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"two and no third", []step{
			{"a", "x", Entry[string]{}, nil},
			{"b", "x", Entry[string]{Others: []string{"a"}}, nil},
			{"c", "x", Entry[string]{}, ErrFull},
		}},
		{"again is harmless", []step{
			{"a", "x", Entry[string]{}, nil},
			{"b", "x", Entry[string]{Others: []string{"a"}}, nil},
			{"a", "x", Entry[string]{Others: []string{"b"}, Again: true}, nil},
		}},
		{"another room leaves the first", []step{
			{"a", "x", Entry[string]{}, nil},
			{"b", "x", Entry[string]{Others: []string{"a"}}, nil},
			{"a", "y", Entry[string]{Left: "x", Stayed: []string{"b"}}, nil},
			{"c", "x", Entry[string]{Others: []string{"b"}}, nil},
		}},
		{"a full room costs no seat", []step{
			{"a", "x", Entry[string]{}, nil},
			{"b", "x", Entry[string]{Others: []string{"a"}}, nil},
			{"c", "y", Entry[string]{}, nil},
			{"c", "x", Entry[string]{}, ErrFull},
			{"d", "y", Entry[string]{Others: []string{"c"}}, nil},
		}},
		{"names", []step{
			{"a", "", Entry[string]{}, ErrName},
			{"a", strings.Repeat("r", MaxNameSize+1), Entry[string]{}, ErrName},
			{"a", strings.Repeat("r", MaxNameSize), Entry[string]{}, nil},
			{"b", "__proto__", Entry[string]{}, nil},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := New[string](0)
			for i, s := range test.steps {
				got, err := r.Join(s.room, s.member, 2)
				if !errors.Is(err, s.err) || !sameEntry(got, s.want) {
					t.Fatalf("step %d: Join(%q, %q) = %+v, %v; want %+v, %v", i, s.room, s.member, got, err, s.want, s.err)
				}
			}
		})
	}
}

func sameEntry(a, b Entry[string]) bool {
	return slices.Equal(a.Others, b.Others) && a.Again == b.Again &&
		a.Left == b.Left && slices.Equal(a.Stayed, b.Stayed)
}

func TestLeave(t *testing.T) {
	r := New[string](0)
	if _, _, ok := r.Leave("nobody"); ok {
		t.Error("somebody left who was nowhere")
	}
	mustJoin(t, r, "x", "a")
	mustJoin(t, r, "x", "b")
	if name, stayed, ok := r.Leave("a"); name != "x" || !slices.Equal(stayed, []string{"b"}) || !ok {
		t.Errorf("Leave = %q, %v, %v", name, stayed, ok)
	}
	if name, others := r.Others(nil, "a"); name != "" || len(others) != 0 {
		t.Errorf("after leaving: in %q with %v", name, others)
	}
	r.Leave("b")
	if rooms, members := r.Size(); rooms != 0 || members != 0 {
		t.Errorf("%d rooms and %d members are left", rooms, members)
	}
}

func mustJoin(t *testing.T, r *Registry[string], room, member string) {
	t.Helper()
	if _, err := r.Join(room, member, 2); err != nil {
		t.Fatal(err)
	}
}

func TestTooManyRooms(t *testing.T) {
	r := New[string](1)
	mustJoin(t, r, "x", "a")
	if _, err := r.Join("y", "b", 2); !errors.Is(err, ErrMany) {
		t.Errorf("a second room of one: %v", err)
	}
	mustJoin(t, r, "x", "b")
	r.Leave("a")
	r.Leave("b")
	mustJoin(t, r, "y", "b")
}

// What a caller does with a returned slice must not reach the registry.
func TestSlicesBelongToTheCaller(t *testing.T) {
	r := New[string](0)
	mustJoin(t, r, "x", "a")
	entry, _ := r.Join("x", "b", 3)
	entry.Others[0] = "intruder"
	again, _ := r.Join("x", "b", 3)
	again.Others[0] = "intruder"
	mustJoin3 := func(m string) { _, _ = r.Join("x", m, 3) }
	mustJoin3("c")
	_, stayed, _ := r.Leave("b")
	stayed[0] = "intruder"
	if _, others := r.Others(nil, "c"); !slices.Equal(others, []string{"a"}) {
		t.Errorf("others of c are %v", others)
	}
}

// model is the registry as simple as it can be.
type model map[int]string

func (m model) in(room string) (n int) {
	for _, r := range m {
		if r == room {
			n++
		}
	}
	return n
}

// FuzzRegistry compares the registry with the model, one byte an action.
func FuzzRegistry(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 64, 65, 128, 200})
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		actions := make([]byte, 200)
		for i := range actions {
			actions[i] = byte(rng.Uint32())
		}
		f.Add(actions)
	}
	f.Fuzz(func(t *testing.T, actions []byte) {
		r, m := New[int](0), model{}
		for _, a := range actions {
			act(t, r, m, int(a&7), string('a'+rune(a>>3&3)), a >= 192)
		}
		for member := range 8 {
			r.Leave(member)
		}
		if rooms, members := r.Size(); rooms != 0 || members != 0 {
			t.Fatalf("%d rooms and %d members are left", rooms, members)
		}
	})
}

func act(t *testing.T, r *Registry[int], m model, member int, room string, leave bool) {
	const capacity = 2
	if leave {
		name, _, _ := r.Leave(member)
		if name != m[member] {
			t.Fatalf("%d left %q, not %q", member, name, m[member])
		}
		delete(m, member)
	} else {
		full := m[member] != room && m.in(room) >= capacity
		_, err := r.Join(room, member, capacity)
		if errors.Is(err, ErrFull) != full {
			t.Fatalf("Join(%q, %d): %v, with %d in the room", room, member, err, m.in(room))
		}
		if err == nil {
			m[member] = room
		}
	}
	check(t, r, m)
}

func check(t *testing.T, r *Registry[int], m model) {
	for member, room := range m {
		name, others := r.Others(nil, member)
		if name != room || len(others) != m.in(room)-1 || slices.Contains(others, member) {
			t.Fatalf("%d is in %q with %v, not in %q with %d", member, name, others, room, m.in(room)-1)
		}
	}
	if _, members := r.Size(); members != len(m) {
		t.Fatalf("%d members, not %d", members, len(m))
	}
}

// Of many who join at once, just as many get in as there is room for.
func TestConcurrentJoins(t *testing.T) {
	r := New[int](0)
	var in, full sync.Map
	var wg sync.WaitGroup
	for member := range 100 {
		wg.Go(func() {
			if _, err := r.Join("x", member, 2); err == nil {
				in.Store(member, true)
			} else {
				full.Store(member, true)
			}
			r.Others(nil, member)
		})
	}
	wg.Wait()
	if count(&in) != 2 || count(&full) != 98 {
		t.Errorf("%d got in, %d did not", count(&in), count(&full))
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func BenchmarkOthers(b *testing.B) {
	r := New[int](0)
	for member := range 2000 {
		_, _ = r.Join(string(rune(member/2)), member, 2)
	}
	var buf [2]int
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Others(buf[:0], i%2000)
	}
}
