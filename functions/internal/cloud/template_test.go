package cloud

import (
	"strings"
	"testing"
)

// TestTemplateOnly: a word that is neither is a mistake, not a channel for any text.
func TestTemplateOnly(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "": false} {
		d := &Deployment{environment: map[string]string{"ZHIDA_TEMPLATE_APPROVED": value, "ZHIDA_TEMPLATE_OTHER": "true"}}
		if got := d.TemplateOnly("approved"); got != want || d.mistakes() != nil {
			t.Errorf("%q is %t: %v", value, got, d.mistakes())
		}
	}
	for _, value := range []string{"false", "yes", "1", "True"} {
		d := &Deployment{environment: map[string]string{"ZHIDA_TEMPLATE_APPROVED": value}}
		d.TemplateOnly("approved")
		if wrong := d.mistakes(); wrong == nil || !strings.Contains(wrong.Error(), "ZHIDA_TEMPLATE_APPROVED") {
			t.Errorf("%q: %v", value, wrong)
		}
	}
}
