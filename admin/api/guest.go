package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
)

// guest tells who has a link where it leads. Who tries many links is told to come back later.
func (a *API) guest(ctx context.Context, req tokenRequest) (GuestInfo, error) {
	door, err := a.Groups.Door(ctx, req.Token, addressOf(callOf(ctx).echo))
	if err != nil {
		return GuestInfo{}, err
	}
	info := GuestInfo{Group: door.Name, Room: door.Room, Domain: a.Groups.GuestDomain(), State: "open", Running: door.Live}
	if door.Number != "" {
		info.DialIn = &DialIn{Number: door.Number, PIN: door.PIN}
	}
	if door.Full {
		info.State = "full"
	}
	return info, nil
}

// GuestPage is the status with which the page of a guest's link is served: 404 for a link that leads nowhere, 429 for who has tried too many.
func (a *API) GuestPage(c echo.Context, token string) int {
	if _, err := a.Groups.Door(c.Request().Context(), token, addressOf(c)); err != nil {
		return problemOf(err, c.Path(), a.Log).Status
	}
	return http.StatusOK
}
