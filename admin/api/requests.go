package api

import "plenum/xmppd/jid"

// What the routes take: parts of the path, of the query, and as Body the JSON.

type noRequest struct{}

type loginRequest struct{ Body Login }

type seriesRequest struct {
	Range string `query:"range" enum:"1h,24h" default:"1h"`
}

// page is a window on a list.
type page struct {
	Offset int `query:"offset" min:"0" max:"10000000" default:"0"`
	Limit  int `query:"limit" min:"1" max:"500" default:"50"`
}

type usersRequest struct {
	Text       string `query:"q" doc:"Part of the name, login name, extension or e-mail address."`
	Domain     string `query:"domain"`
	Permission string `query:"permission" doc:"Only those who have the permission with this ID."`
	State      string `query:"state" enum:",active,disabled" doc:"Only those in this state; missing means both."`
	Sort       string `query:"sort" enum:"displayName,login,extension,level,changed" default:"displayName"`
	Desc       bool   `query:"desc" default:"false"`
	page
}

type binRequest struct {
	Text string `query:"q"`
	page
}

type userRequest struct {
	JID jid.JID `path:"jid" doc:"Bare address."`
}

type newUserRequest struct{ Body NewUser }

type userCheckRequest struct{ Body UserCheck }

type userChangeRequest struct {
	userRequest
	Body UserChange
}

type bulkRequest struct{ Body Bulk }

type nextExtensionRequest struct {
	Kind string `query:"kind" enum:"account,team,faxdevice,speeddial,extension" default:"account"`
}

type ownPasswordRequest struct{ Body Password }

type passwordRequest struct {
	userRequest
	Body Password
}

type userPermissionsRequest struct {
	userRequest
	Body UserPermissionsChange
}

type permissionsRequest struct {
	Text string `query:"q"`
	Type string `query:"type" doc:"Only those that carry this type."`
	page
}

type permissionRequest struct {
	ID string `path:"id"`
}

type newPermissionRequest struct{ Body PermissionData }

type permissionChangeRequest struct {
	permissionRequest
	Body PermissionChange
}

type membersRequest struct {
	permissionRequest
	Kind     string `query:"kind" enum:"user,device,team,location" default:"user"`
	Assigned bool   `query:"assigned" default:"true" doc:"Those who have it, or those who do not."`
	Text     string `query:"q"`
	page
}

type membersChangeRequest struct {
	permissionRequest
	Body MembersChange
}

type groupsRequest struct {
	Text   string `query:"q"`
	Public string `query:"public" enum:",true,false" doc:"Only groups that allow guests, or do not."`
	page
}

type groupRequest struct {
	Room jid.JID `path:"room" doc:"Address of the group."`
}

type newGroupRequest struct{ Body NewGroup }

type groupChangeRequest struct {
	groupRequest
	Body GroupChange
}

type groupMembersRequest struct {
	groupRequest
	Text string `query:"q"`
	page
}

type groupMembersChangeRequest struct {
	groupRequest
	Body GroupMembersChange
}

type groupMemberRequest struct {
	groupRequest
	JID jid.JID `path:"jid"`
}

type guestsAllowedRequest struct {
	groupRequest
	Body GuestsAllowed
}

type invitationRequest struct {
	groupRequest
	Language string `query:"lang" enum:"de,en" default:"en"`
}

type groupGuestRequest struct {
	groupRequest
	Nick string `path:"nick"`
}

type sessionsRequest struct {
	Text string `query:"q" doc:"Part of the address, the name, the client or the IP address."`
	page
}

type sessionRequest struct {
	JID jid.JID `path:"jid" doc:"With the resource."`
}

type auditRequest struct {
	Text   string `query:"q" doc:"Part of who, of the object's ID or of its name."`
	Actor  string `query:"actor" doc:"Exactly this address."`
	Action string `query:"action" doc:"Exactly this, or all that begin so when it ends with a dot: user."`
	Kind   string `query:"kind" enum:",session,user,permission,group,device,location,trunk,service,call,prompt,profile"`
	Object string `query:"object" doc:"Exactly this ID."`
	From   string `query:"from" doc:"Not before this time (RFC 3339)."`
	Until  string `query:"until" doc:"Before this time (RFC 3339)."`
	Before int    `query:"before" min:"0" max:"9223372036854775807" default:"0" doc:"Only what is older than the entry with this ID."`
	Limit  int    `query:"limit" min:"1" max:"200" default:"50"`
}

type tokenRequest struct {
	Token string `path:"token" doc:"That of the link."`
}
