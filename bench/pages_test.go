//go:build linux

package main

import (
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	b := &bench{plan: quick()}
	for _, delay := range pageDelays {
		printed := `{"ours":{"socket":-1500,"enter":3,"frame":300},"original":{"frame":750},"limit":{"frame":250}}`
		if err := b.addPages(delay, []byte(printed)); err != nil {
			t.Fatal(err)
		}
	}
	for _, goal := range b.plan.pageGoals() {
		if median, ok := goal.Values(&b.results).Median(); !ok || median != 0.4 && median != 300 {
			t.Errorf("%s is %v, %v", goal.Label, median, ok)
		}
	}
	if table := pageTable(&b.results); !strings.Contains(table, "80 ms round trip: first frame") || !strings.Contains(table, "0.40") {
		t.Error(table)
	}
	if err := b.addPages(0, []byte("no Chromium")); err == nil {
		t.Error("what is no JSON is taken for figures")
	}
}
