package main

import (
	"os"
	"path/filepath"
	"testing"

	"plenum/admin/api"
)

func TestGeneratedOpenAPIDocumentIsFresh(t *testing.T) {
	fresh, err := api.Describe().OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(root, "docs/openapi.json"))
	if err != nil || string(written) != string(fresh) {
		t.Errorf("docs/openapi.json does not describe the API: run make gen (%v)", err)
	}
}
