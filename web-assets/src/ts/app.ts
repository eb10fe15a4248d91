// The script of every page. Each island works on markup the server wrote and is harmless where that markup is missing.
import { startDialogs } from "./dialogs";
import { startForms } from "./forms";
import { startKeys } from "./keys";
import { startMentions } from "./mentions";
import { startMenus } from "./menus";
import { startPalette } from "./palette";
import { startPasskeys } from "./passkeys";
import { startProgress } from "./progress";
import { startRecords } from "./records";
import { startTables } from "./tables";
import { startTheme } from "./theme";
import { startToasts } from "./toasts";
import { startTwins } from "./twin";

startTheme();
startDialogs();
startMenus();
startMentions();
startForms();
startRecords();
startTables();
startToasts();
startPalette();
startKeys();
startProgress();
startTwins();
startPasskeys();
