// Command gen writes the OpenAPI document of the API to the file that is named.
package main

import (
	"fmt"
	"os"

	"plenum/admin/api"
)

func main() {
	text, err := api.Describe().OpenAPI()
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
