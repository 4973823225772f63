package api

// register is the table of all routes: what there is, who may, and who does it.
func (a *API) register() {
	post(a, "/session", Anyone, "Log in", a.logIn)
	get(a, "/session", SignedIn, "Who is logged in", a.session)
	del(a, "/session", SignedIn, "Log out", a.logOut)
	post(a, "/app/session", Anyone, "Log in to the app for users", a.enterApp)
	get(a, "/app/session", Self, "Who is logged in to the app", a.appSession)
	del(a, "/app/session", Self, "Log out of the app", a.logOut)
	put(a, "/session/password", Self, "Change one's own password; it ends all one's sessions", a.setOwnPassword)
	get(a, "/app/profile", Self, "The profile one is in, and those that one may choose", a.ownProfile)
	put(a, "/app/profile", Self, "Choose one's own profile", a.chooseOwnProfile)
	get(a, "/public/guest/{token}", Anyone, "What a guest's link leads to", a.guest)

	get(a, "/overview", Dashboards, "The state of the server", a.overview)
	get(a, "/overview/series", Dashboards, "Figures over time", a.series)

	get(a, "/users", Organisation, "Users, the bin apart", a.users)
	post(a, "/users", Organisation, "Make a user", a.createUser)
	post(a, "/users/check", Organisation, "What is wrong with a form, without saving it", a.checkUser).Reads = true
	post(a, "/users/bulk", Organisation, "One change to many users", a.bulk)
	get(a, "/users/next-extension", Organisation, "A free extension", a.nextExtension)
	get(a, "/users/{jid}", Organisation, "A user", a.user)
	put(a, "/users/{jid}", Organisation, "Change a user", a.changeUser)
	del(a, "/users/{jid}", Organisation, "Put a user into the bin", a.deleteUser)
	post(a, "/users/{jid}/restore", Organisation, "Take a user out of the bin", a.restoreUser)
	put(a, "/users/{jid}/password", Organisation, "Set a password; it ends the user's sessions", a.setPassword)
	get(a, "/users/{jid}/permissions", Organisation, "The permissions and whether a user has them", a.userPermissions)
	put(a, "/users/{jid}/permissions", Organisation, "Set the permissions of a user", a.setUserPermissions)
	get(a, "/users/{jid}/devices", Organisation, "The devices of a user, and those that nobody has", a.userDevices)
	put(a, "/users/{jid}/devices", Organisation, "Give devices to a user and take others from him", a.setUserDevices)
	get(a, "/users/{jid}/mailbox", Organisation, "The voicemail box of a user, without what is in it", a.mailbox)
	put(a, "/users/{jid}/mailbox", Organisation, "Change what is set for the voicemail box of a user", a.setMailbox)
	get(a, "/users/{jid}/profile", Organisation, "The profile a user is in, and those that he may choose", a.userProfile)
	put(a, "/users/{jid}/profile", Organisation, "Put a user into a profile", a.chooseProfile)
	get(a, "/bin", Organisation, "Deleted users", a.bin)
	del(a, "/bin/{jid}", Organisation, "Remove a deleted user for ever", a.purgeUser)

	get(a, "/permissions", Organisation, "Permissions", a.permissions)
	post(a, "/permissions", Organisation, "Make a permission", a.createPermission)
	get(a, "/permissions/types", Organisation, "The types that permissions can have", a.permissionTypes)
	get(a, "/permissions/{id}", Organisation, "A permission", a.permission)
	put(a, "/permissions/{id}", Organisation, "Change a permission", a.changePermission)
	del(a, "/permissions/{id}", Organisation, "Delete a permission", a.deletePermission)
	get(a, "/permissions/{id}/members", Organisation, "Who has a permission, or could have it", a.members)
	post(a, "/permissions/{id}/members", Organisation, "Assign a permission and take it away", a.changeMembers)

	get(a, "/profiles", Organisation, "Profiles", a.profiles)
	post(a, "/profiles", Organisation, "Make a profile", a.createProfile)
	post(a, "/profiles/check", Organisation, "What is wrong with a form, without saving it", a.checkProfile).Reads = true
	get(a, "/profiles/{id}", Organisation, "A profile", a.profile)
	put(a, "/profiles/{id}", Organisation, "Change a profile", a.changeProfile)
	del(a, "/profiles/{id}", Organisation, "Delete a profile; who is in it is available then", a.deleteProfile)

	get(a, "/groups", Organisation, "Groups", a.groups)
	post(a, "/groups", Organisation, "Make a group", a.createGroup)
	get(a, "/groups/{room}", Organisation, "A group", a.group)
	put(a, "/groups/{room}", Organisation, "Change a group", a.changeGroup)
	del(a, "/groups/{room}", Organisation, "Delete a group with its history", a.deleteGroup)
	get(a, "/groups/{room}/members", Organisation, "The members of a group", a.groupMembers)
	post(a, "/groups/{room}/members", Organisation, "Set and remove members", a.changeGroupMembers)
	del(a, "/groups/{room}/members/{jid}", Organisation, "Remove a member", a.removeGroupMember)
	put(a, "/groups/{room}/guests", Organisation, "Allow guests, or not; on makes a new link and a new PIN", a.allowGuests)
	get(a, "/groups/{room}/invitation", Organisation, "The text to send to guests", a.invitation)
	del(a, "/groups/{room}/guests/{nick}", Organisation, "Remove a guest", a.removeGuest)

	get(a, "/devices", Organisation, "Devices", a.devices)
	post(a, "/devices", Organisation, "Make a device", a.createDevice)
	get(a, "/devices/{id}", Organisation, "A device", a.device)
	put(a, "/devices/{id}", Organisation, "Change a device", a.changeDevice)
	del(a, "/devices/{id}", Organisation, "Delete a device", a.deleteDevice)
	post(a, "/devices/{id}/secret", Organisation, "A new secret, which is told this once; the old one is worth nothing from now on", a.newSecret)

	get(a, "/registrations", Organisation, "Telephones that are registered", a.registrations)
	del(a, "/registrations/{id}/{binding}", Organisation, "Forget where a telephone is; it may register again", a.endRegistration)
	get(a, "/calls", Organisation, "Calls that go on", a.calls)
	del(a, "/calls/{id}", Organisation, "End a call", a.hangUp)
	get(a, "/records", Organisation, "Records of calls, the newest first", a.records)
	getFile(a, "/records.csv", Organisation, "Records of calls as a table", "text/csv; charset=utf-8", a.recordTable)
	get(a, "/prompts", Services, "What the server says to people at telephones", a.prompts)
	getFile(a, "/prompts/{language}/{id}", Services, "A prompt as sound", "audio/wav", a.prompt)
	put(a, "/prompts/{language}/{id}", Services, "Replace a prompt by a recording", a.replacePrompt)
	del(a, "/prompts/{language}/{id}", Services, "Take the program's own prompt again", a.resetPrompt)
	get(a, "/trunks", Trunks, "Trunks, with the state of their accounts", a.trunks)
	post(a, "/trunks", Trunks, "Make a trunk", a.createTrunk)
	post(a, "/trunks/check", Trunks, "What is wrong with a form, without saving it", a.checkTrunk).Reads = true
	post(a, "/trunks/test", Trunks, "What would become of a call, without making it", a.testTrunk).Reads = true
	get(a, "/trunks/{id}", Trunks, "A trunk", a.trunk)
	put(a, "/trunks/{id}", Trunks, "Change a trunk", a.changeTrunk)
	post(a, "/trunks/{id}/accounts/{account}/test", Trunks, "Ask the provider of an account now whether it works", a.tryAccount).Reads = true
	del(a, "/trunks/{id}", Trunks, "Delete a trunk", a.deleteTrunk)
	get(a, "/telephony", Services, "What is set for all telephones", a.telephony)
	put(a, "/telephony", Services, "Change what is set for all telephones", a.changeTelephony)
	post(a, "/telephony/check", Services, "What is wrong with a form, without saving it", a.checkTelephony).Reads = true

	get(a, "/sessions", Organisation, "Connected clients", a.sessions)
	del(a, "/sessions/{jid}", Organisation, "Disconnect a client", a.endSession)

	get(a, "/audit", Organisation, "Who did what", a.audit)
}
