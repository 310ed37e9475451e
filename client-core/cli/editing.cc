#include "client-core/cli/editing.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/input.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"
#include "sync/host/files.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

// More editors of new reports at once than a person can look at.
constexpr int kNewEditorsMax = 8;
// How often a folder is looked for again that another command has just left.
constexpr int kTriesMax = 8;
constexpr char kGoingOn[] =
    "going on with what an editor that was cut off had written";
constexpr char kOnThisDevice[] =
    "what you typed is on this device; nothing is lost";

std::string FolderOf(const std::string& home, const std::string& name) {
  return absl::StrCat(home, "/editing/", name);
}
std::string WordsFile(const std::string& home, const std::string& name) {
  return FolderOf(home, name) + "/body.txt";
}
std::string NameOfNew(int number) { return absl::StrCat("new-", number); }

// The folder of one text that is being edited, owned by one command.
class Workplace {
 public:
  // STORE_IN_USE: another command has it.
  static absl::StatusOr<std::unique_ptr<Workplace>> Take(
      const std::string& home, const std::string& name);
  ~Workplace() {
    rmdir(folder_.c_str());  // if nothing is in it
    close(fd_);              // and with it the lock
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  const std::string& file() const { return file_; }
  // A command that was cut off has left words.
  bool HasWords() const { return host::FileExists(file_); }
  // The words are kept elsewhere: nothing of them stays, nor of the editor's
  // own copies.
  void Clear() const;

 private:
  Workplace(std::string folder, std::string file, int fd)
      : folder_(std::move(folder)), file_(std::move(file)), fd_(fd) {}

  const std::string folder_;
  const std::string file_;
  const int fd_;  // of the folder, locked
};

bool IsStillAt(int fd, const std::string& path) {
  struct stat opened, there;
  return fstat(fd, &opened) == 0 && stat(path.c_str(), &there) == 0 &&
         opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

absl::StatusOr<std::unique_ptr<Workplace>> Workplace::Take(
    const std::string& home, const std::string& name) {
  const std::string folder = FolderOf(home, name);
  for (int i = 0; i < kTriesMax; ++i) {
    DATELINE_RETURN_IF_ERROR(host::MakeDirectories(folder));
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      return sync::MakeError(v1::STORE_IN_USE,
                             "this text is open in another editor",
                             {.got = folder, .retry = true});
    }
    if (IsStillAt(fd, folder)) {
      return std::unique_ptr<Workplace>(
          new Workplace(folder, WordsFile(home, name), fd));
    }
    close(fd);
  }
  return FailedError(v1::STORE_IN_USE,
                     absl::StrCat("cannot write in ", folder));
}

void Workplace::Clear() const {
  if (DIR* const entries = opendir(folder_.c_str()); entries != nullptr) {
    while (const dirent* const entry = readdir(entries)) {
      unlink(absl::StrCat(folder_, "/", entry->d_name).c_str());
    }
    closedir(entries);
  }
}

// Runs $EDITOR on the file through the shell, for it may hold options. Ctrl-C
// is the editor's.
absl::Status RunEditor(Invocation& invocation, const std::string& path) {
  const auto& environment = invocation.terminal().environment;
  const std::string editor =
      environment("VISUAL").value_or(environment("EDITOR").value_or("vi"));
  const std::string command = absl::StrCat(editor, " \"$1\"");
  const auto interrupt = signal(SIGINT, SIG_IGN);
  const auto quit = signal(SIGQUIT, SIG_IGN);
  const absl::Cleanup restore = [&] {
    signal(SIGINT, interrupt);
    signal(SIGQUIT, quit);
  };
  const pid_t child = fork();
  if (child < 0) {
    return FailedError(v1::INTERNAL_ERROR, "cannot start the editor");
  }
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    execl("/bin/sh", "sh", "-c", command.c_str(), "dateline", path.c_str(),
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int result = 0;
  while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(result) && WEXITSTATUS(result) == 0) return absl::OkStatus();
  return FailedError(v1::INTERNAL_ERROR,
                     absl::StrCat("the editor \"", editor, "\" failed"));
}

std::string SavedIn(const Workplace& workplace) {
  return absl::StrCat("what you typed is in ", workplace.file(),
                      "; nothing is lost");
}

// The editor's turn: the store is let go, and what was typed comes back. From
// here on a failure says where the words are.
absl::StatusOr<std::string> Edit(Invocation& invocation,
                                 const Workplace& workplace,
                                 const std::string& how_to_go_on) {
  invocation.set_saved(SavedIn(workplace));
  invocation.set_next(how_to_go_on);
  invocation.Close();
  DATELINE_RETURN_IF_ERROR(RunEditor(invocation, workplace.file()));
  return ReadText(invocation, workplace.file());
}

absl::Status Write(const Workplace& workplace, const std::string& words) {
  return host::WriteFileAtomically(workplace.file(), words + "\n");
}

// One that holds left words, else a free one.
absl::StatusOr<std::unique_ptr<Workplace>> TakeForNew(const std::string& home) {
  absl::StatusOr<std::unique_ptr<Workplace>> taken;
  for (const bool left : {true, false}) {
    for (int i = 1; i <= kNewEditorsMax; ++i) {
      const std::string name = NameOfNew(i);
      if (left && !host::FileExists(WordsFile(home, name))) continue;
      taken = Workplace::Take(home, name);
      if (taken.ok() || sync::ReasonOf(taken.status()) != v1::STORE_IN_USE) {
        return taken;
      }
    }
  }
  return taken;
}

std::string EditAgain(const Opened& opened) {
  return absl::StrCat("dateline report edit ", opened.id.ToHex().substr(0, 8),
                      ", which goes on with these words");
}

// What an editor had written becomes the draft.
absl::Status PutLeftWords(Invocation& invocation, const Opened& opened,
                          const Workplace& workplace) {
  invocation.Say(kGoingOn);
  invocation.set_saved(SavedIn(workplace));
  invocation.set_next(EditAgain(opened));
  DATELINE_ASSIGN_OR_RETURN(const std::string left,
                            ReadText(invocation, workplace.file()));
  return opened.client->PutDraft(opened.id, sync::kBody, left);
}

struct Shown {
  std::string words;
  bool is_new = false;  // no draft of it was there
};

// Brings into the file what there is to go on with: left words, else the
// draft, else the body; a draft holds it.
absl::StatusOr<Shown> Show(Invocation& invocation, const Opened& opened,
                           const Workplace& workplace) {
  if (workplace.HasWords()) {
    // Words that make no draft (too long, no UTF-8) are put right in it.
    PutLeftWords(invocation, opened, workplace).IgnoreError();
    return Shown();
  }
  DATELINE_ASSIGN_OR_RETURN(const auto draft,
                            opened.client->GetDraft(opened.id, sync::kBody));
  Shown shown{
      .words = draft ? draft->text
                     : sync::ReaderText(opened.view.document, sync::kBody),
      .is_new = !draft};
  if (draft) invocation.Say("going on with the draft that waits");
  // First the draft, which knows the version that the words stand on.
  DATELINE_RETURN_IF_ERROR(
      opened.client->PutDraft(opened.id, sync::kBody, shown.words));
  const absl::Status written = Write(workplace, shown.words);
  if (!written.ok() && shown.is_new) {
    (void)opened.client->DropDraft(opened.id, sync::kBody);
  }
  DATELINE_RETURN_IF_ERROR(written);
  return shown;
}

bool Holds(const Workplace& workplace, const std::string& words) {
  const auto now = host::ReadFile(workplace.file());
  return now.ok() && *now == words + "\n";
}

bool IsEmpty(const Workplace& workplace) {
  const auto now = host::ReadFile(workplace.file());
  return now.ok() && absl::StripAsciiWhitespace(*now).empty();
}

}  // namespace

absl::Status WriteInEditor(
    Invocation& invocation,
    const std::function<absl::Status(const std::string& words)>& keep) {
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  DATELINE_ASSIGN_OR_RETURN(const auto workplace, TakeForNew(home));
  if (workplace->HasWords()) {
    invocation.Say(kGoingOn);
  } else {
    DATELINE_RETURN_IF_ERROR(Write(*workplace, ""));
  }
  const absl::StatusOr<std::string> words =
      Edit(invocation, *workplace,
           "correct what is wrong, then the same command again, which goes on "
           "with these words");
  if (IsEmpty(*workplace)) {
    workplace->Clear();
    invocation.ForgetSaved();
  }
  DATELINE_RETURN_IF_ERROR(words.status());
  DATELINE_RETURN_IF_ERROR(keep(*words));
  workplace->Clear();
  return absl::OkStatus();
}

absl::Status EditBody(Invocation& invocation, const Opened& opened) {
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  DATELINE_ASSIGN_OR_RETURN(const auto workplace,
                            Workplace::Take(home, opened.id.ToHex()));
  DATELINE_ASSIGN_OR_RETURN(const Shown shown,
                            Show(invocation, opened, *workplace));
  const absl::StatusOr<std::string> typed =
      Edit(invocation, *workplace, EditAgain(opened));
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  if (!typed.ok()) {
    if (shown.is_new && Holds(*workplace, shown.words)) {  // nothing was typed
      workplace->Clear();
      invocation.ForgetSaved();
      DATELINE_RETURN_IF_ERROR(client->DropDraft(opened.id, sync::kBody));
    }
    return typed.status();
  }
  DATELINE_RETURN_IF_ERROR(client->PutDraft(opened.id, sync::kBody, *typed));
  workplace->Clear();
  invocation.set_saved(kOnThisDevice);
  invocation.set_next(EditAgain(opened));
  DATELINE_RETURN_IF_ERROR(client->SealDraft(opened.id, sync::kBody));
  invocation.ForgetSaved();
  return absl::OkStatus();
}

absl::Status TakeUpLeftWords(Invocation& invocation, const Opened& opened) {
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  if (!host::FileExists(WordsFile(home, opened.id.ToHex()))) {
    return absl::OkStatus();
  }
  DATELINE_ASSIGN_OR_RETURN(const auto workplace,
                            Workplace::Take(home, opened.id.ToHex()));
  if (workplace->HasWords()) {
    DATELINE_RETURN_IF_ERROR(PutLeftWords(invocation, opened, *workplace));
  }
  workplace->Clear();
  invocation.set_saved(kOnThisDevice);
  return absl::OkStatus();
}

absl::Status DropWords(Invocation& invocation, const Opened& opened) {
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  DATELINE_ASSIGN_OR_RETURN(const auto workplace,
                            Workplace::Take(home, opened.id.ToHex()));
  workplace->Clear();  // words never stand without the draft's version
  return opened.client->DropDraft(opened.id, sync::kBody);
}

int UnfinishedReports(const std::string& home) {
  int count = 0;
  for (int i = 1; i <= kNewEditorsMax; ++i) {
    count += host::FileExists(WordsFile(home, NameOfNew(i))) ? 1 : 0;
  }
  return count;
}

}  // namespace dateline::cli
